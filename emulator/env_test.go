package emulator

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestEnv(t *testing.T) {
	t.Parallel()
	_, url := listen(t, Config{})
	var world Config
	if a, b := world.Env(url), world.Env(url+"/"); !slices.Equal(a, b) {
		t.Errorf("a slash at the end changes %q to %q", a, b)
	}
	env := map[string]string{}
	for _, line := range world.Env(url) {
		name, value, ok := strings.Cut(line, "=")
		if !ok || value == "" || strings.ContainsAny(value, " '\"$\n") {
			t.Errorf("%q is not good for eval and for an env file", line)
		}
		env[name] = value
	}
	_, body := ask(t, "GET", env["ACTIONS_ID_TOKEN_REQUEST_URL"]+"&audience="+DefaultAudience, env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
	status, body := post(t, env["AZURE_AUTHORITY_HOST"]+"/"+env["AZURE_TENANT_ID"]+"/oauth2/v2.0/token",
		exchangeForm(decode[map[string]any](t, body)["value"].(string), map[string][]string{"client_id": {env["AZURE_CLIENT_ID"]}}))
	if status != http.StatusOK || env["AZURE_OPENAI_ENDPOINT"] != url {
		t.Errorf("%d %s with %v", status, body, env)
	}
	if i := slices.IndexFunc(DefaultDeployments(), func(d Deployment) bool { return d.Name == env["AZURE_OPENAI_DEPLOYMENT"] }); i < 0 {
		t.Errorf("no deployment %q", env["AZURE_OPENAI_DEPLOYMENT"])
	}
	api := clientFor(t, strings.TrimSuffix(env["GITHUB_API_URL"], restPath))
	if user, _, err := api.Users.Get(t.Context(), viewer); err != nil || user.GetType() != "Bot" || env["GITHUB_TOKEN"] != APIToken {
		t.Errorf("%v, %v with %v", user, err, env)
	}
	r := hub{}.do(t, "POST", env["GITHUB_GRAPHQL_URL"], `{"query":"{viewer{login}}"}`)
	if r.status != http.StatusOK || !strings.Contains(r.body, viewer) {
		t.Errorf("%d %s", r.status, r.body)
	}
}
