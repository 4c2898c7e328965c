package emulator

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// account is one as it should be, with these lines besides.
func account(t *testing.T, lines string) Config {
	t.Helper()
	cfg, err := readResource("accounts:\n  - name: mine\n    subdomain: mine\n    " + strings.ReplaceAll(lines, "\n", "\n    "))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// The account's own settings decide who is served.
func TestAccess(t *testing.T) {
	t.Parallel()
	const user = "roles: [{role: Cognitive Services OpenAI User}]"
	const chat, responses, vectors, models = "chat/completions", "responses", "embeddings", "models"
	for _, c := range []struct {
		lines, path string
		status      int
		want        string
	}{
		{user, chat, 200, ""},
		{user, responses, 200, ""},
		{user, vectors, 200, ""},
		{user, models, 200, ""},
		{"roles: []", chat, 401, "The principal `" + DefaultObjectID + "` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action` to perform `POST /openai/v1/chat/completions` operation."},
		{"roles: []", responses, 401, "`Microsoft.CognitiveServices/accounts/OpenAI/responses/write` to perform `POST /openai/v1/responses`"},
		{"roles: [{role: Owner}, {role: Contributor}, {role: Cognitive Services Contributor}]", chat, 401, `"code":"PermissionDenied"`},
		{"roles: [{role: Reader}]", models, 401, "models/read"},
		{"roles: [{role: Cognitive Services User, scope: subscription}]", chat, 200, ""},
		{"roles: [{role: Azure AI User, scope: /subscriptions/another}]", chat, 401, "PermissionDenied"},
		{"roles: [{role: Cognitive Services OpenAI Contributor, scope: group}]", vectors, 200, ""},
		{user + "\npublic-network-access: Disabled", chat, 403, "Public access is disabled. Please configure private endpoint."},
		{user + "\nnetwork-acls: {default-action: Deny}", chat, 403, "Access denied due to Virtual Network/Firewall rules."},
		{user + "\nnetwork-acls: {default-action: Deny, ip-rules: [203.0.113.7, 127.0.0.0/8]}", chat, 200, ""},
		{user + "\nnetwork-acls: {default-action: Deny, ip-rules: [203.0.113.7]}", models, 403, "Firewall"},
		{user + "\nnetwork-acls: {default-action: Allow}", chat, 200, ""},
		{user + "\nendpoint: https://elsewhere.openai.azure.com/\nnetwork-acls: {default-action: Deny}", chat, 200, ""},
	} {
		m := serve(t, account(t, c.lines))
		body := map[string]string{
			chat: `{"model":"gpt-4o-mini",` + hello[1:], responses: `{"model":"gpt-4o-mini","input":"hi"}`, vectors: `{"model":"text-embedding-3-small","input":"hi"}`,
		}[c.path]
		method := "POST"
		if c.path == models {
			method = "GET"
		}
		if r := m.do(t, m.request(t, method, "/openai/v1/"+c.path, body)); r.status != c.status || !strings.Contains(r.body, c.want) {
			t.Errorf("%s: %s: %d %s", c.lines, c.path, r.status, r.body)
		}
	}
	m := serve(t, account(t, "roles: []"))
	r := m.post(t, "/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21", hello)
	if r.status != 401 || !strings.Contains(r.body, "`POST /openai/deployments/{deployment-id}/chat/completions`") {
		t.Errorf("%d %s", r.status, r.body)
	}
	cfg := account(t, user)
	cfg.Accounts[0].Subdomain = ""
	m = serve(t, cfg)
	if r := m.chat(t, "gpt-4o-mini", "hi", ""); r.status != 400 || !strings.Contains(r.body, "custom subdomain") {
		t.Errorf("%d %s", r.status, r.body)
	}
	m.token = "eyJ"
	if r := m.chat(t, "gpt-4o-mini", "hi", ""); r.status != 401 || r.body != unauthorized {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// After a claims challenge only a token is good that was asked for with its
// claims; Microsoft's client asks so.
func TestClaimsChallenge(t *testing.T) {
	t.Parallel()
	e, cred := credential(t, Config{})
	ask := func(claims string) reply {
		token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://ai.azure.com/.default"}, EnableCAE: true, Claims: claims})
		if err != nil {
			t.Fatal(err)
		}
		_, url := listenTo(t, e)
		return model{e, url, token.Token}.chat(t, "gpt-4o-mini", "hi", "")
	}
	if r := ask(""); r.status != 200 {
		t.Fatalf("%d %s", r.status, r.body)
	}
	fail(t, e, "openai", "cae")
	first := ask("")
	challenge := first.header.Get("WWW-Authenticate")
	_, quotedClaims, _ := strings.Cut(challenge, ` claims="`)
	claims, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(quotedClaims, `"`))
	if err != nil || first.status != 401 || !strings.Contains(challenge, `error="insufficient_claims"`) {
		t.Fatalf("%d %v, %v", first.status, challenge, err)
	}
	if again := ask(""); again.status != 401 || again.header.Get("WWW-Authenticate") != challenge {
		t.Errorf("the old token: %d %s", again.status, again.body)
	}
	for _, wrong := range []string{`{"access_token":{"nbf":{"essential":true,"value":"1"}}}`, `{}`} {
		if r := ask(wrong); r.status != 401 {
			t.Errorf("%s: %d", wrong, r.status)
		}
	}
	if r := ask(string(claims)); r.status != 200 {
		t.Errorf("with %s: %d %s", claims, r.status, r.body)
	}
	if r := ask(""); r.status != 200 {
		t.Errorf("the new token, from the cache: %d", r.status)
	}
}

func TestSubjectSettings(t *testing.T) {
	t.Parallel()
	const oidc = "/actions/oidc/customization/sub"
	reads := func(subject string) Config {
		return Config{Subject: subject, Permissions: []string{"actions=read"}}
	}
	file, err := readResource("oidc: {immutable: true, keys: [repo, context]}\npermissions: [actions=read]")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cfg    Config
		path   string
		status int
		want   string
	}{
		{Config{}, "/repos/octo-org/octo-repo" + oidc, 403, inaccessible},
		{reads(""), "/repos/octo-org/missing" + oidc, 404, "Not Found"},
		{reads(""), "/repos/octo-org/octo-repo" + oidc, 200, `{"sub_claim_prefix":"repo:octo-org/octo-repo","use_default":true,"use_immutable_subject":false}`},
		{reads("repo:o@12/r@34:pull_request"), "/repos/o/r" + oidc, 200, `{"sub_claim_prefix":"repo:o@12/r@34","use_default":true,"use_immutable_subject":true}`},
		{reads("repo:o@12/r@34:pull_request"), "/repos/o/other" + oidc, 200, `"sub_claim_prefix":"repo:o/other","use_default":true`},
		{reads("repository_owner_id:1:repository_id:2:environment:e"), "/repos/octo-org/octo-repo" + oidc, 200, `{"include_claim_keys":["repository_owner_id","repository_id"],`},
		{file, "/repos/octo-org/octo-repo" + oidc, 200, `{"include_claim_keys":["repo","context"],"sub_claim_prefix":"repo:octo-org@65/octo-repo@74","use_default":false,"use_immutable_subject":true}`},
		{reads("repo:o@12/r@34:pull_request"), "/repos/o/r", 200, `"id":34,`},
		{reads("repo:o@12/r@34:pull_request"), "/repos/o/r", 200, `"id":12,`},
		{reads(""), "/repos/octo-org/octo-repo", 200, `"id":74,`},
	} {
		if r := serveAPI(t, c.cfg).do(t, "GET", restPath+c.path, ""); r.status != c.status || !strings.Contains(r.body, c.want) {
			t.Errorf("%s of %q: %d %s", c.path, c.cfg.Subject, r.status, r.body)
		}
	}
}

func FuzzSettingsOf(f *testing.F) {
	f.Add("repo:o@1/r@2:environment:e")
	f.Add("repository_owner_id:1:repository_id:2")
	f.Add("job_workflow_ref:o/r/.github/workflows/a.yml@refs/heads/main:ref:refs/heads/main")
	f.Fuzz(func(t *testing.T, subject string) {
		if s := settingsOf(subject); s.UseDefault == (s.Keys != nil) && s.UseDefault {
			t.Errorf("%q: %+v", subject, s)
		}
	})
}

func FuzzClaims(f *testing.F) {
	f.Add(`{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"xms_cc":{"values":["CP1"]}}}`)
	f.Add(`{"access_token":{"nbf":null}}`)
	f.Fuzz(func(t *testing.T, text string) {
		if since := wantedSince(text); since != 0 && !strings.ContainsAny(text, "123456789") && !strings.Contains(text, `\u`) {
			t.Errorf("%q: %d", text, since)
		}
	})
}

// What the machine adds to the environment.
func TestMachineEnv(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"":            "[AZURE_FEDERATED_TOKEN_FILE=/t]",
		"imds":        "[AZURE_FEDERATED_TOKEN_FILE=/t]",
		"app-service": "[IDENTITY_ENDPOINT=http://x/_msi/token IDENTITY_HEADER=" + IdentityHeader + " AZURE_FEDERATED_TOKEN_FILE=/t]",
		"arc":         "[IDENTITY_ENDPOINT=http://x/_arc/metadata/identity/oauth2/token IMDS_ENDPOINT=http://x AZURE_FEDERATED_TOKEN_FILE=/t]",
	} {
		cfg := Config{ManagedIdentity: kind, TokenFile: "/t"}
		if got := fmt.Sprint(cfg.machineEnv("http://x")); got != want {
			t.Errorf("%s: %s", kind, got)
		}
		if all := fmt.Sprint(cfg.Env("http://x/")); !strings.Contains(all, strings.Trim(want, "[]")) {
			t.Errorf("%s: %s", kind, all)
		}
	}
}
