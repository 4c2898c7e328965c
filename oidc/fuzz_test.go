package oidc

import (
	"strings"
	"testing"
	"unicode"
)

func FuzzParseClaims(f *testing.F) {
	f.Add(jwt(f, testSubject, "iat", 1_700_000_000, "exp", 1_700_000_300))
	f.Add(jwt(f, "s", "aud", []string{"a", "b"}, "exp", 1e300))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := ParseClaims(token)
		if err == nil && checkJWT(token) != nil {
			t.Error("claims of what is no token")
		}
		for _, at := range []int{c.IssuedAt.Year(), c.Expiry.Year()} {
			if at < 1 || at > 9999 {
				t.Errorf("the year %d", at)
			}
		}
		// Whatever the claims are, explaining them must not fail or let control
		// characters through.
		fact := facts{client: testClient, claims: c, decoded: err == nil}
		text := strings.ReplaceAll(fact.replacer(&Refusal{}).Replace("{issuer} {subject} {audience} {received} {times} {create} {update} {hint} {credential}"), "\n", "")
		if i := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r < 0x7f }); i >= 0 {
			t.Errorf("control character at %d of %q", i, text)
		}
	})
}

func FuzzParseRefusal(f *testing.F) {
	f.Add(400, `{"error":"invalid_client","error_description":"AADSTS700213: no.","error_codes":[700213],"trace_id":"t","correlation_id":"c"}`)
	f.Add(503, `<html>`)
	f.Add(400, `{"error":{},"error_codes":"x","error_description":"see eyJhbGci.eyJz.c2ln"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		r := parseRefusal(status, []byte(body))
		text := r.Error() + r.TraceID + r.CorrelationID
		if strings.ContainsFunc(text, unicode.IsControl) || strings.Contains(text, "eyJ") {
			t.Errorf("not fit for a log: %q", text)
		}
		if r.Status != status || r.Code < 0 {
			t.Errorf("%+v", r)
		}
		if x := explanationOf(r); x.what == "" || x.fix == "" {
			t.Errorf("no explanation of %+v", r)
		}
	})
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(`{"count":1,"value":"` + jwt(f, testSubject) + `"}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"value":"a.b.c","value":3}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var masked []string
		g := GitHub{Mask: func(s string) { masked = append(masked, s) }}
		token, err := g.read(body)
		if err == nil && (checkJWT(token) != nil || len(masked) != 1 || masked[0] != token) {
			t.Errorf("%q was returned, masked was %q", token, masked)
		}
		if err != nil && token != "" {
			t.Errorf("%q beside %v", token, err)
		}
	})
}
