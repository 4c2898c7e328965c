package emulator

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	testScope = "https://cognitiveservices.azure.com/.default openid offline_access profile"
	tokenPath = "/" + DefaultTenant + "/oauth2/v2.0/token"
)

// exchangeForm is what a good client posts; changes replace fields, an
// empty list of values removes one.
func exchangeForm(assertion string, changes url.Values) url.Values {
	f := url.Values{
		"client_assertion":      {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_id":             {DefaultClient},
		"client_info":           {"1"},
		"grant_type":            {"client_credentials"},
		"scope":                 {testScope},
	}
	maps.Copy(f, changes)
	return f
}

func post(t *testing.T, url string, form url.Values) (status int, body string) {
	t.Helper()
	resp, err := plain.PostForm(url, form)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

type tokenAnswer struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	ExtExpiresIn int    `json:"ext_expires_in"`
	RefreshIn    *int   `json:"refresh_in"`
	AccessToken  string `json:"access_token"`
}

func TestExchange(t *testing.T) {
	t.Parallel()
	e, url := listen(t, Config{})
	for _, resource := range audiences {
		status, body := post(t, url+tokenPath, exchangeForm(askIDToken(t, url, DefaultAudience), map[string][]string{
			"scope": {resource + "/.default openid offline_access profile"},
		}))
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", resource, status, body)
		}
		answer := decode[tokenAnswer](t, body)
		if answer.TokenType != "Bearer" || answer.ExpiresIn != 3600 || answer.ExtExpiresIn != 3600 || answer.RefreshIn != nil {
			t.Errorf("%s: %s", resource, body)
		}
		c := verified(t, url+"/"+DefaultTenant+"/discovery/v2.0/keys", answer.AccessToken)
		for name, want := range map[string]any{
			"aud": resource, "tid": DefaultTenant, "appid": DefaultClient, "oid": principalID, "sub": principalID,
			"iss": "https://" + strings.TrimPrefix(url, "http://") + "/" + DefaultTenant + "/",
			"exp": c["iat"].(float64) + 3600, "nbf": c["iat"],
		} {
			if c[name] != want {
				t.Errorf("%s is %v, want %v", name, c[name], want)
			}
		}
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", "Bearer "+answer.AccessToken)
		if got, err := e.verifyAccess(r, audiences); err != nil || got["uti"] != c["uti"] {
			t.Errorf("%s: verifyAccess: %v, %v", resource, got, err)
		}
	}
}

func TestRefreshIn(t *testing.T) {
	t.Parallel()
	for life, want := range map[time.Duration]int{
		2*time.Hour - time.Second: 0,
		2 * time.Hour:             3600,
		24 * time.Hour:            43200,
	} {
		_, url := listen(t, Config{AccessTokenLife: life})
		_, body := post(t, url+tokenPath, exchangeForm(askIDToken(t, url, DefaultAudience), nil))
		answer := decode[tokenAnswer](t, body)
		got := 0
		if answer.RefreshIn != nil {
			got = *answer.RefreshIn
		}
		if got != want || answer.ExpiresIn != int(life.Seconds()) {
			t.Errorf("life %s: refresh_in %d, want %d: %s", life, got, want, body)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	type form = url.Values
	for _, c := range []struct {
		name    string
		cfg     Config
		changes form
		status  int
		err     string
		code    int
		want    string // part of the message
	}{
		{"no grant type", Config{}, form{"grant_type": nil}, 400, "invalid_request", 900144, "'grant_type'"},
		{"no client", Config{}, form{"client_id": nil}, 400, "invalid_request", 900144, "'client_id'"},
		{"no scope", Config{}, form{"scope": {""}}, 400, "invalid_request", 900144, "'scope'"},
		{"password grant", Config{}, form{"grant_type": {"password"}}, 400, "unsupported_grant_type", 70003, "'password'"},
		{"no assertion", Config{}, form{"client_assertion": nil}, 401, "invalid_client", 7000216, "'client_assertion'"},
		{"empty assertion", Config{}, form{"client_assertion": {""}}, 401, "invalid_client", 7000218, "'client_assertion'"},
		{
			"SAML assertion",
			Config{},
			form{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}},
			401, "invalid_client", 7000218, "",
		},
		{"only OpenID scopes", Config{}, form{"scope": {"openid profile"}}, 400, "invalid_scope", 70011, "openid profile"},
		{"two resources", Config{}, form{"scope": {"https://a/.default https://b/.default"}}, 400, "invalid_scope", 70011, "https://b/.default"},
		{"no /.default", Config{}, form{"scope": {"https://ai.azure.com/user_impersonation"}}, 400, "invalid_scope", 1002012, "user_impersonation"},
		{
			"foreign resource",
			Config{},
			form{"scope": {"https://graph.example.com/.default"}},
			400, "invalid_resource", 500011, "named https://graph.example.com was not found in the tenant named " + DefaultTenant,
		},
		{
			"unknown client",
			Config{},
			form{"client_id": {"99999999-2222-4333-8444-555555555555"}},
			400, "unauthorized_client", 700016, "'99999999-2222-4333-8444-555555555555' was not found in the directory '" + DefaultTenant + "'",
		},
		{"no credential", Config{FederatedSubject: "-"}, nil, 401, "invalid_client", 70025, "'" + DefaultClient + "'(keyless-emulator)"},
		{"malformed", Config{}, form{"client_assertion": {"not.a.token"}}, 400, "invalid_request", 50027, ""},
		{
			"no issuer match",
			Config{FederatedIssuer: "https://token.actions.githubusercontent.com"},
			nil,
			401, "invalid_client", 700211, "/_services/token'",
		},
		{"a slash too many", Config{FederatedAudience: DefaultAudience + "/"}, nil, 401, "invalid_client", 700212, "'" + DefaultAudience + "'"},
		{
			"foreign subject",
			Config{FederatedSubject: "repo:octo-org/octo-repo:environment:prod"},
			nil,
			401, "invalid_client", 700213, "subject '" + DefaultSubject + "'",
		},
		{
			"other case",
			Config{FederatedSubject: "repo:Octo-Org/octo-repo:ref:refs/heads/main"},
			nil,
			401, "invalid_client", 7002138, "subject '" + DefaultSubject + "'. The subject matches with case-insensitive",
		},
		{"expired", Config{IDTokenLife: -time.Minute}, nil, 401, "invalid_client", 700024, "expiry time of assertion 20"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, url := listen(t, c.cfg)
			status, body := post(t, url+tokenPath, exchangeForm(askIDToken(t, url, DefaultAudience), c.changes))
			err, message := checkRefusal(t, body, c.code)
			if status != c.status || err != c.err || !strings.Contains(message, c.want) {
				t.Errorf("%d %s %q, want %d %s %q", status, err, message, c.status, c.err, c.want)
			}
		})
	}
}

// TestForged presents assertions that GitHub would not sign.
func TestForged(t *testing.T) {
	t.Parallel()
	e, url := listen(t, Config{})
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	hour := func(d time.Duration) int64 { return time.Now().Add(d * time.Hour).Unix() }
	for _, c := range []struct {
		name   string
		key    *rsa.PrivateKey
		change claims
		code   int
	}{
		{"untouched", e.github, nil, 0},
		{"foreign key", foreign, nil, 700027},
		{"foreign key and issuer", foreign, claims{"iss": "https://accounts.example.com"}, 700211},
		{"Entra's own key", e.entra, nil, 700027},
		{"from the future", e.github, claims{"nbf": hour(1), "exp": hour(2)}, 700024},
		{"no nbf", e.github, claims{"nbf": nil}, 0},
		{"no exp", e.github, claims{"exp": nil}, 50027},
		{"exp is a word", e.github, claims{"exp": "tomorrow"}, 50027},
		{"two audiences", e.github, claims{"aud": []string{DefaultAudience, "https://example.com"}}, 50027},
		{"no subject", e.github, claims{"sub": nil}, 700213},
	} {
		assertion := e.idClaims(url+"/_services/token", DefaultAudience)
		maps.Copy(assertion, c.change)
		maps.DeleteFunc(assertion, func(_ string, v any) bool { return v == nil })
		token, err := sign(c.key, assertion)
		if err != nil {
			t.Fatal(err)
		}
		status, body := post(t, url+tokenPath, exchangeForm(token, nil))
		if c.code != 0 {
			checkRefusal(t, body, c.code)
		} else if status != http.StatusOK {
			t.Errorf("%s: %d %s", c.name, status, body)
		}
	}
}

// TestUnsigned presents a good payload with the algorithm "none" and with one
// that takes a public key for a secret.
func TestUnsigned(t *testing.T) {
	t.Parallel()
	_, url := listen(t, Config{})
	_, rest, _ := strings.Cut(askIDToken(t, url, DefaultAudience), ".")
	payload, _, _ := strings.Cut(rest, ".")
	for header, code := range map[string]int{
		"eyJhbGciOiJub25lIn0":  700027, // {"alg":"none"}
		"eyJhbGciOiJIUzI1NiJ9": 700027, // {"alg":"HS256"}
		"eyJhbGciOiJYWCJ9":     50027,  // {"alg":"XX"}
	} {
		_, body := post(t, url+tokenPath, exchangeForm(header+"."+payload+".", nil))
		checkRefusal(t, body, code)
	}
}

func TestTenant(t *testing.T) {
	t.Parallel()
	_, url := listen(t, Config{})
	for _, tenant := range []string{"22222222-2222-4333-8444-555555555555", "common", "contoso.example"} {
		status, body := ask(t, "GET", url+"/"+tenant+"/v2.0/.well-known/openid-configuration", "")
		if err, message := checkRefusal(t, body, 90002); status != 400 || err != "invalid_tenant" || !strings.Contains(message, "'"+tenant+"'") {
			t.Errorf("%d %s", status, body)
		}
		_, body = post(t, url+"/"+tenant+"/oauth2/v2.0/token", exchangeForm("x", nil))
		checkRefusal(t, body, 90002)
	}
	host := strings.TrimPrefix(url, "http://")
	_, body := ask(t, "GET", url+"/"+DefaultTenant+"/v2.0/.well-known/openid-configuration", "")
	metadata := decode[map[string]any](t, body)
	for name, want := range map[string]string{
		"issuer":         "https://" + host + "/" + DefaultTenant + "/v2.0",
		"token_endpoint": "https://" + host + tokenPath,
	} {
		if metadata[name] != want {
			t.Errorf("%s is %v, want %s", name, metadata[name], want)
		}
	}
}

func TestNotServed(t *testing.T) {
	t.Parallel()
	_, url := listen(t, Config{})
	for path, want := range map[string]int{
		"/common/discovery/instance": http.StatusNotFound,
		"/elsewhere":                 http.StatusNotFound,
		tokenPath:                    http.StatusMethodNotAllowed,
	} {
		if status, body := ask(t, "GET", url+path, ""); status != want {
			t.Errorf("GET %s: %d, want %d: %s", path, status, want, body)
		}
	}
}

// FuzzToken posts arbitrary assertions and scopes: without GitHub's signature
// nothing comes of them but a refusal in Entra's shape.
func FuzzToken(f *testing.F) {
	e := fresh(f, Config{})
	f.Add("", "https://ai.azure.com/.default")
	f.Add("eyJhbGciOiJub25lIn0.e30.", "openid")
	f.Add("eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjFlOTksIm5iZiI6LTEsImF1ZCI6WyJhIl19.AA", "x/.default y")
	f.Fuzz(func(t *testing.T, assertion, scope string) {
		r := httptest.NewRequest("POST", tokenPath, strings.NewReader(exchangeForm(assertion, url.Values{"scope": {scope}}).Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if answer := decode[entraError](t, w.Body.String()); w.Code < 400 || w.Code > 401 || len(answer.Codes) != 1 || answer.Error == "" {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}
