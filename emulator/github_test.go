package emulator

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// plain is a client that knows nothing of tokens and follows no redirect.
var plain = &http.Client{
	Transport:     &http.Transport{DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// testKeys are two keys made by New, made once because that is slow.
var testKeys = sync.OnceValues(func() (*Emulator, error) { return New(Config{}) })

// fresh is a new emulator. All those of the tests share their keys.
func fresh(t testing.TB, cfg Config) *Emulator {
	t.Helper()
	keys, err := testKeys()
	if err != nil {
		t.Fatal(err)
	}
	return assemble(cfg, keys.github, keys.entra)
}

// listen serves a new emulator on loopback.
func listen(t *testing.T, cfg Config) (e *Emulator, url string) {
	t.Helper()
	return listenTo(t, fresh(t, cfg))
}

// listenTo serves an emulator that there is.
func listenTo(t *testing.T, e *Emulator) (_ *Emulator, url string) {
	t.Helper()
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	return e, srv.URL
}

// ask sends a request without a body; bearer "" sends no Authorization.
func ask(t *testing.T, method, url, bearer string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := plain.Do(req)
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

func decode[T any](t *testing.T, body string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	return v
}

// askIDToken gets an ID token as a job does.
func askIDToken(t *testing.T, url, audience string) string {
	t.Helper()
	status, body := ask(t, "GET", url+"/_apis/pipelines/idtoken?api-version=2.0&audience="+audience, RequestToken)
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, body)
	}
	answer := decode[struct {
		Count int
		Value string
	}](t, body)
	if answer.Count != len(answer.Value) {
		t.Errorf("count %d of a value of %d", answer.Count, len(answer.Value))
	}
	return answer.Value
}

// verified checks token against the published keys, by its kid, and returns its
// claims.
func verified(t *testing.T, jwksURL, token string) claims {
	t.Helper()
	_, body := ask(t, "GET", jwksURL, "")
	set := decode[struct{ Keys []map[string]string }](t, body)
	c := claims{}
	_, err := jwt.ParseWithClaims(token, c, func(tok *jwt.Token) (any, error) {
		i := slices.IndexFunc(set.Keys, func(k map[string]string) bool { return k["kid"] == tok.Header["kid"] })
		if i < 0 {
			t.Fatalf("no key %v in %s", tok.Header["kid"], body)
		}
		number := func(name string) *big.Int {
			b, err := base64.RawURLEncoding.DecodeString(set.Keys[i][name])
			if err != nil {
				t.Fatal(err)
			}
			return new(big.Int).SetBytes(b)
		}
		return &rsa.PublicKey{N: number("n"), E: int(number("e").Int64())}, nil
	}, jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		t.Fatalf("verifying: %v", err)
	}
	return c
}

func TestIDToken(t *testing.T) {
	t.Parallel()
	_, url := listen(t, Config{})
	_, body := ask(t, "GET", url+"/_services/token/.well-known/openid-configuration", "")
	metadata := decode[map[string]any](t, body)
	if metadata["issuer"] != url+"/_services/token" {
		t.Errorf("issuer %v of a server at %s", metadata["issuer"], url)
	}
	before := time.Now()
	c := verified(t, metadata["jwks_uri"].(string), askIDToken(t, url, "api://AzureADTokenExchange"))

	for name, want := range map[string]string{
		"iss":              url + "/_services/token",
		"aud":              "api://AzureADTokenExchange",
		"sub":              "repo:octo-org/octo-repo:ref:refs/heads/main",
		"repository":       "octo-org/octo-repo",
		"repository_owner": "octo-org",
		"ref":              "refs/heads/main",
		"event_name":       "push",
		"job_workflow_ref": "octo-org/octo-repo/.github/workflows/ai.yml@refs/heads/main",
	} {
		if c[name] != want {
			t.Errorf("%s is %v, want %q", name, c[name], want)
		}
	}
	for _, name := range []string{
		"jti", "sha", "repository_id", "repository_owner_id", "run_id", "run_number", "run_attempt",
		"actor", "workflow", "head_ref", "base_ref", "runner_environment",
	} {
		if _, ok := c[name].(string); !ok {
			t.Errorf("%s is %v, want a string", name, c[name])
		}
	}
	iat, _ := c.GetIssuedAt()
	exp, _ := c.GetExpirationTime()
	nbf, _ := c.GetNotBefore()
	if iat.Before(before.Truncate(time.Second)) || exp.Sub(iat.Time) != 5*time.Minute || iat.Sub(nbf.Time) != 10*time.Minute {
		t.Errorf("iat %v, exp %v, nbf %v", iat, exp, nbf)
	}
}

func TestIDTokenIsFresh(t *testing.T) {
	t.Parallel()
	_, url := listen(t, Config{})
	seen := map[any]bool{}
	for range 3 {
		c := verified(t, url+"/_services/token/.well-known/jwks", askIDToken(t, url, ""))
		if c["aud"] != "https://github.com/octo-org" {
			t.Errorf("default audience %v", c["aud"])
		}
		seen[c["jti"]] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d different jti in 3 tokens", len(seen))
	}
}

func TestIDTokenRefused(t *testing.T) {
	t.Parallel()
	_, url := listen(t, Config{})
	for _, c := range []struct {
		method, bearer string
		want           int
	}{
		{"GET", "", http.StatusUnauthorized},
		{"GET", "another-token", http.StatusUnauthorized},
		{"POST", RequestToken, http.StatusMethodNotAllowed},
		{"GET", RequestToken, http.StatusOK},
	} {
		if got, body := ask(t, c.method, url+idTokenPath+"?api-version=2.0", c.bearer); got != c.want {
			t.Errorf("%s with %q: %d, want %d: %s", c.method, c.bearer, got, c.want, body)
		}
	}
}

func TestJobClaims(t *testing.T) {
	t.Parallel()
	for subject, want := range map[string]claims{
		"repo:o/r:ref:refs/heads/feature/a%3Ab":    {"repository": "o/r", "ref": "refs/heads/feature/a:b", "ref_type": "branch", "event_name": "push"},
		"repo:o/r.x:ref:refs/tags/v1":              {"repository": "o/r.x", "ref": "refs/tags/v1", "ref_type": "tag"},
		"repo:o/r:pull_request":                    {"event_name": "pull_request", "ref": "refs/pull/1/merge", "head_ref": "topic", "base_ref": "main"},
		"repo:o/r:environment:prod%3Aeu":           {"environment": "prod:eu", "ref": "refs/heads/main", "event_name": "push"},
		"repo:o@12/r@345:ref:refs/heads/main":      {"repository": "o/r", "repository_owner": "o", "repository_owner_id": "12", "repository_id": "345"},
		"repository_owner_id:12:repository_id:345": {"repository": "octo-org/octo-repo", "ref": "refs/heads/main"},
	} {
		got := jobClaims(subject)
		if got["sub"] != subject {
			t.Errorf("sub is %v, want %q", got["sub"], subject)
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s: %s is %v, want %v", subject, name, got[name], value)
			}
		}
		if _, ok := got["environment"]; ok != strings.Contains(subject, "environment") {
			t.Errorf("%s: environment %v", subject, got["environment"])
		}
	}
}

func TestGitHubFaults(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		status int
		body   string
	}{
		"401":         {401, "expired"},
		"403":         {403, "denied"},
		"403-pending": {403, "Can't issue ID_TOKEN for job in 'Pending' state"},
		"429":         {429, "Too many"},
		"503":         {503, "unavailable"},
		"empty":       {200, "{}"},
		"garbage":     {200, "<!DOCTYPE html>"},
		"redirect":    {307, ""},
	}
	e, url := listen(t, Config{})
	for code, w := range want {
		fail(t, e, "github", code)
		if status, body := ask(t, "GET", url+idTokenPath, RequestToken); status != w.status || !strings.Contains(body, w.body) {
			t.Errorf("%s: %d %q, want %d %q", code, status, body, w.status, w.body)
		}
	}
	fail(t, e, "github", "reset")
	if resp, err := plain.Get(url + idTokenPath); err == nil {
		t.Errorf("reset: answered %s", resp.Status)
	}
	askIDToken(t, url, "x") // every fault struck once
	if have := slices.Sorted(maps.Keys(githubFaults())); len(have) != len(want)+1 {
		t.Errorf("tested %d faults of %s", len(want)+1, have)
	}
}

func fail(t *testing.T, e *Emulator, service, code string) {
	t.Helper()
	if err := e.Fault(service, code); err != nil {
		t.Fatal(err)
	}
}

func TestFaultsQueue(t *testing.T) {
	t.Parallel()
	e, url := listen(t, Config{})
	fail(t, e, "github", "503")
	fail(t, e, "github", "429")
	for _, want := range []int{503, 429, 200} {
		if status, _ := ask(t, "GET", url+idTokenPath, RequestToken); status != want {
			t.Errorf("status %d, want %d", status, want)
		}
	}
}

func TestUnknownFault(t *testing.T) {
	t.Parallel()
	var e Emulator
	for _, c := range []struct{ service, code, want string }{
		{"gitlab", "503", `no service "gitlab": the emulator has api, az, entra, github, imds, management, openai`},
		{"github", "AADSTS700213", `no fault "AADSTS700213" for github: there are 401, 403, 403-pending, 429, 503, empty, garbage, redirect, reset`},
	} {
		if err := e.Fault(c.service, c.code); err == nil || err.Error() != c.want {
			t.Errorf("%s %s: %v, want %s", c.service, c.code, err, c.want)
		}
	}
}

func FuzzJobClaims(f *testing.F) {
	f.Add("repo:o@1/r@2:environment:e")
	f.Add("repo:o/r:ref:refs/tags/v1")
	f.Add("repository_owner_id:1")
	f.Fuzz(func(t *testing.T, subject string) {
		c := jobClaims(subject)
		owner, repository := c["repository_owner"].(string), c["repository"].(string)
		if c["sub"] != subject || owner == "" || !strings.HasPrefix(repository, owner+"/") || strings.Count(repository, "/") != 1 {
			t.Errorf("%q: sub %v, owner %q, repository %q", subject, c["sub"], owner, repository)
		}
	})
}
