package emulator

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// A model asks the Azure OpenAI half with a good token.
type model struct {
	e     *Emulator
	url   string
	token string
}

func serve(t *testing.T, cfg Config) model {
	t.Helper()
	e, url := listen(t, cfg)
	return model{e, url, accessFor(t, e, "https://cognitiveservices.azure.com")}
}

func accessFor(t *testing.T, e *Emulator, audience string) string {
	t.Helper()
	token, err := sign(e.entra, e.accessClaims(audience, "https://login.example/"))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A reply is a whole answer. err is what ended the reading of its body.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func (m model) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, m.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+m.token)
	return req
}

func (m model) do(t *testing.T, req *http.Request) reply {
	t.Helper()
	resp, err := plain.Do(req)
	if err != nil {
		return reply{err: err}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(b), err}
}

func (m model) post(t *testing.T, path, body string) reply {
	t.Helper()
	return m.do(t, m.request(t, http.MethodPost, path, body))
}

// chat asks with one user message; extra are further parameters, each with a
// comma before it.
func (m model) chat(t *testing.T, deployment, user, extra string) reply {
	t.Helper()
	return m.post(t, "/openai/v1/chat/completions",
		fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}]%s}`, deployment, user, extra))
}

const hello = `{"messages":[{"role":"user","content":"hello"}]}`

func TestRoutes(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	const chat = "/openai/deployments/gpt-4o-mini/chat/completions"
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string // the whole body, or its beginning where it ends in …
	}{
		{"POST", chat + "?api-version=2024-10-21", hello, 200, `{"choices":[…`},
		{"POST", chat + "?api-version=2025-04-01-preview", hello, 200, `{"choices":[…`},
		{"POST", chat, hello, 404, resourceNotFound},
		{"POST", chat + "?api-version=2019-01-01", hello, 404, resourceNotFound},
		{"POST", chat + "?api-version=v1", hello, 404, resourceNotFound},
		{"GET", chat + "?api-version=2024-10-21", "", 404, resourceNotFound},
		{"POST", "/openai/deployments/nope/chat/completions?api-version=2024-10-21", hello, 404, deploymentNotFound},
		{"POST", "/openai/chat/completions?api-version=2024-10-21", hello, 404, resourceNotFound},
		{"POST", "/openai/v1/deployments/gpt-4o-mini/chat/completions", hello, 404, resourceNotFound},
		{"POST", "/openai/v1/chat/completions", `{"model":"nope","messages":[]}`, 404, deploymentNotFound},
		{"POST", "/openai/v1/chat/completions", hello, 400, `{"error":{"message":"Missing required parameter: 'model'.",…`},
		{"POST", "/openai/v1/chat/completions?api-version=preview", `{"model":"gpt-4o-mini",` + hello[1:], 200, `{"choices":[…`},
		{"POST", "/openai/v1/chat/completions?api-version=v1", `{"model":"gpt-4o-mini",` + hello[1:], 200, `{"choices":[…`},
		{
			"POST", "/openai/v1/chat/completions?api-version=2024-10-21", `{"model":"gpt-4o-mini",` + hello[1:], 400,
			`{"error":{"code":"BadRequest","message":"api-version query parameter is not allowed when using /v1 path"}}`,
		},
		{"POST", "/openai/responses?api-version=2025-03-01-preview", `{"model":"gpt-4o-mini","input":"hi"}`, 200, `{"background":false,…`},
		{"POST", "/openai/responses?api-version=2024-10-21", `{"model":"gpt-4o-mini","input":"hi"}`, 404, resourceNotFound},
		{"POST", "/openai/deployments/gpt-4o-mini/responses?api-version=2025-03-01-preview", `{"input":"hi"}`, 404, resourceNotFound},
		{"POST", "/openai/deployments/gpt-35-turbo-instruct/completions?api-version=2024-10-21", `{"prompt":"hi"}`, 200, `{"choices":[…`},
		{"GET", "/openai/v1/models", "", 200, `{"data":[{"created":1700000000,"id":"gpt-4o-mini-2024-07-18","object":"model",…`},
		{"GET", "/openai/v1/unheard-of", "", 404, resourceNotFound},
		{"POST", "/openai/v1/chat/completions", "{", 400, `{"error":{"message":"We could not parse the JSON body of your request.",…`},
		{"POST", "/openai/v1/chat/completions", "null", 400, `{"error":{"message":"We could not parse the JSON body of your request.",…`},
		{"POST", "/openai/v1/chat/completions", `{"model":"gpt-4o-mini","messages":"hi"}`, 400, `{"error":{"message":"Invalid type for 'messages'…`},
	} {
		r := m.post(t, c.path, c.body)
		if c.method == "GET" {
			r = m.do(t, m.request(t, c.method, c.path, ""))
		}
		start, cut := strings.CutSuffix(c.want, "…")
		if r.status != c.status || cut && !strings.HasPrefix(r.body, start) || !cut && r.body != c.want {
			t.Errorf("%s %s %s:\n%d %s\nwant\n%d %s", c.method, c.path, c.body, r.status, r.body, c.status, c.want)
		}
	}
	if len(resourceNotFound) != 56 {
		t.Errorf("the body of a 404 has %d bytes, want 56", len(resourceNotFound))
	}
}

func TestWrongOperation(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	const rest = ". Please choose different model and try again. You can learn more about which models can be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993."
	for _, c := range []struct{ operation, deployment, want string }{
		{"chat/completions", "gpt-5-codex", "The chatCompletion operation does not work with the specified model, gpt-5-codex" + rest},
		{"chat/completions", "text-embedding-3-small", "The chatCompletion operation does not work with the specified model, text-embedding-3-small" + rest},
		{"chat/completions", "gpt-35-turbo-instruct", "The chatCompletion operation does not work with the specified model, gpt-35-turbo-instruct" + rest},
		{"completions", "gpt-4o-mini", "The completion operation does not work with the specified model, gpt-4o-mini" + rest},
	} {
		want := `{"error":{"code":"OperationNotSupported","message":"` + c.want + `"}}`
		if r := m.post(t, "/openai/v1/"+c.operation, `{"model":"`+c.deployment+`"}`); r.status != 400 || r.body != want {
			t.Errorf("%s on %s: %d %s", c.operation, c.deployment, r.status, r.body)
		}
	}
	for _, d := range []string{"gpt-35-turbo-instruct", "text-embedding-3-small"} {
		r := m.post(t, "/openai/v1/responses", `{"model":"`+d+`","input":"hi"}`)
		if r.status != 400 || r.body != `{"error":{"code":"BadRequest","message":"Model not supported"}}` {
			t.Errorf("responses on %s: %d %s", d, r.status, r.body)
		}
	}
}

// The one door that every request goes through: a token, and no key beside it.
func TestFrontDoor(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	for _, path := range []string{
		"/openai/v1/chat/completions", "/openai/v1/responses", "/openai/v1/models",
		"/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21",
	} {
		for _, c := range []struct {
			name, token, key string
			status           int
			want             string
		}{
			{"no token", "", "", 401, unauthorized},
			{"garbage", "sk-12345", "", 401, unauthorized},
			{"the control plane's token", accessFor(t, m.e, "https://management.azure.com"), "", 401, unauthorized},
			{"a key", "", "0123456789abcdef", 403, keyDisabled},
			{"a key beside a token", m.token, "0123456789abcdef", 403, keyDisabled},
		} {
			method := http.MethodPost
			if strings.HasSuffix(path, "models") {
				method = http.MethodGet
			}
			req := m.request(t, method, path, "{}")
			req.Header.Del("Authorization")
			if c.token != "" {
				req.Header.Set("Authorization", "Bearer "+c.token)
			}
			if c.key != "" {
				req.Header.Set("api-key", c.key)
			}
			r := m.do(t, req)
			if r.status != c.status || r.body != c.want || r.header.Get("x-ms-client-request-id") != "Not-Set" {
				t.Errorf("%s, %s: %d %s %v", path, c.name, r.status, r.body, r.header)
			}
		}
	}
	m.token = accessFor(t, m.e, "https://ai.azure.com/")
	if r := m.chat(t, "gpt-4o-mini", "hi", ""); r.status != 200 {
		t.Errorf("a token for ai.azure.com: %d %s", r.status, r.body)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	guid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	first := m.chat(t, "gpt-4o-mini", "hi", "")
	want(t, first.header, map[string]string{
		"Content-Type": "application/json", "X-Content-Type-Options": "nosniff", "X-Ms-Region": "East US 2",
		"Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload", "X-Accel-Buffering": "no",
		"X-Ms-Rai-Invoked": "true", "X-Ms-Deployment-Name": "gpt-4o-mini", "X-Ratelimit-Key": "gpt-4o-mini",
		"X-Ratelimit-Limit-Tokens": "-1", "X-Ms-Client-Request-Id": first.header.Get("Apim-Request-Id"),
	})
	second := m.chat(t, "gpt-4o-mini", "hi", "")
	for _, h := range []string{"Apim-Request-Id", "X-Request-Id"} {
		if a, b := first.header.Get(h), second.header.Get(h); a == b || !guid.MatchString(a) || !guid.MatchString(b) {
			t.Errorf("%s: %q, then %q", h, a, b)
		}
	}
	req := m.request(t, http.MethodPost, "/openai/v1/responses", `{"model":"gpt-5-mini","input":"hi"}`)
	req.Header.Set("x-ms-client-request-id", "mine")
	want(t, m.do(t, req).header, map[string]string{
		"X-Ms-Client-Request-Id": "mine", "Skip-Error-Remapping": "true", "Azureai-Fe-Is-Streaming": "False",
		"X-Ms-Is-Spilled-Over": "false", "Azureml-Model-Session": "", "X-Ms-Deployment-Name": "",
	})
	want(t, m.post(t, "/openai/nowhere", "").header, map[string]string{
		"Content-Type": "application/json", "X-Content-Type-Options": "nosniff", "X-Request-Id": "", "X-Ms-Region": "",
	})
}

func want(t *testing.T, have http.Header, values map[string]string) {
	t.Helper()
	for name, v := range values {
		if have.Get(name) != v {
			t.Errorf("%s is %q, want %q", name, have.Get(name), v)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	if r := m.chat(t, "gpt-4o-mini", strings.Repeat("x", maxBody), ""); r.status != 413 {
		t.Errorf("a body over the limit: %d %v", r.status, r.err)
	}
}
