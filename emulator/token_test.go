package emulator

import (
	"crypto/rsa"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLives lets five minutes and an hour pass: first the ID token and then the
// access token ends.
func TestLives(t *testing.T) {
	t.Parallel()
	e := fresh(t, Config{})
	synctest.Test(t, func(t *testing.T) {
		swap := func(idToken string) (status int, body string) {
			r := httptest.NewRequest("POST", tokenPath, strings.NewReader(exchangeForm(idToken, nil).Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			return w.Code, w.Body.String()
		}
		idToken, err := sign(e.github, e.idClaims("http://example.com/_services/token", DefaultAudience))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5*time.Minute - time.Second)
		status, body := swap(idToken)
		if status != http.StatusOK {
			t.Fatalf("after 4:59: %d %s", status, body)
		}
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", "Bearer "+decode[tokenAnswer](t, body).AccessToken)

		time.Sleep(time.Second)
		_, body = swap(idToken)
		if _, message := checkRefusal(t, body, 700024); !strings.Contains(message, "Current time: 2000-01-01T00:05:00.0000000Z, "+
			"assertion valid from 1999-12-31T23:50:00.0000000Z, expiry time of assertion 2000-01-01T00:05:00.0000000Z.") {
			t.Error(message)
		}
		time.Sleep(time.Hour - 2*time.Second)
		if _, err := e.verifyAccess(r, audiences); err != nil {
			t.Errorf("after 59:59: %v", err)
		}
		time.Sleep(time.Second)
		if _, err := e.verifyAccess(r, audiences); err == nil {
			t.Error("after an hour the token is still good")
		}
	})
}

func TestVerifyAccess(t *testing.T) {
	t.Parallel()
	e := fresh(t, Config{})
	for _, c := range []struct {
		name   string
		key    *rsa.PrivateKey
		change claims
		ok     bool
	}{
		{"good", e.entra, nil, true},
		{"slash at the end", e.entra, claims{"aud": "https://ai.azure.com/"}, true},
		{"two slashes", e.entra, claims{"aud": "https://ai.azure.com//"}, false},
		{"for Resource Manager", e.entra, claims{"aud": "https://management.azure.com"}, false},
		{"for several", e.entra, claims{"aud": audiences}, false},
		{"GitHub's key", e.github, nil, false},
		{"foreign tenant", e.entra, claims{"tid": DefaultClient}, false},
		{"no end", e.entra, claims{"exp": nil}, false},
		{"from the future", e.entra, claims{"nbf": time.Now().Add(time.Hour).Unix()}, false},
	} {
		payload := e.accessClaims("https://cognitiveservices.azure.com", "https://example.com/")
		maps.Copy(payload, c.change)
		maps.DeleteFunc(payload, func(_ string, v any) bool { return v == nil })
		token, err := sign(c.key, payload)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", "bearer "+token)
		if _, err := e.verifyAccess(r, audiences); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer eyJ", "Basic eyJ"} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", header)
		if c, err := e.verifyAccess(r, audiences); err == nil {
			t.Errorf("%q: %v", header, c)
		}
	}
}
