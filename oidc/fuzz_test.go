package oidc

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/keyless-inference/action/wire"
)

func FuzzParseClaims(f *testing.F) {
	f.Add(jwt(f, testSubject, "iat", 1_700_000_000, "exp", 1_700_000_300))
	f.Add(jwt(f, "s", "aud", []string{"a", "b"}, "exp", 1e300))
	f.Add("a.b.c")
	f.Add(jwt(f, "repo:\u202eo/\u200br\u0085:\U000e0041"))
	f.Fuzz(func(t *testing.T, token string) {
		c, err := wire.ParseClaims(token)
		if err == nil && wire.CheckJWT(token) != nil {
			t.Error("claims of what is no token")
		}
		for _, at := range []int{c.IssuedAt.Year(), c.Expiry.Year()} {
			if at < 1 || at > 9999 {
				t.Errorf("the year %d", at)
			}
		}
		// Whatever the claims are, explaining them must not fail or let through what
		// is not seen.
		fact := facts{client: testClient, claims: c, decoded: err == nil}
		text := strings.ReplaceAll(fact.replacer(&Refusal{}).Replace("{issuer} {subject} {audience} {received} {times} {create} {update} {hint} {credential}"), "\n", "")
		if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("a character at %d of %q is not seen", i, text)
		}
		// The parameters of the command are the claims nevertheless.
		var sent struct{ Subject string }
		if err := json.Unmarshal([]byte(fact.parameters()), &sent); err != nil || sent.Subject != c.Subject {
			t.Errorf("%q is sent as %q, %v", c.Subject, sent.Subject, err)
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

// However a refusal spells a secret that was sent, none of what is read from it has it,
// and the rest stays what it was.
func FuzzUnescaped(f *testing.F) {
	const secret = "d1J+hush/hush=="
	f.Add([]byte(`{"error":"d1J+hush/hush==","error_description":"\u00641J+hush\/hush\u003d=","n":1e999}`))
	f.Add([]byte(`{"error":{},"x":["\ud83d\ude00",0.10]} `))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		plain := unescaped(body)
		if before, after := decoded(body), decoded([]byte(plain)); !reflect.DeepEqual(before, after) {
			t.Errorf("%q is %q", body, plain)
		}
		var secrets wire.Secrets
		secrets.Add(secret)
		r := parseRefusal(400, []byte(secrets.CutWords(plain)))
		if json.Valid(body) && strings.Contains(r.Name+"\n"+r.Description+"\n"+r.TraceID, secret) {
			t.Errorf("%+v of %q", r, body)
		}
	})
}

func decoded(body []byte) (all any) {
	_ = json.Unmarshal(body, &all) // what is no JSON is nil
	return all
}

func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(`{"count":1,"value":"` + jwt(f, testSubject) + `"}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"value":"a.b.c","value":3}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var masked []string
		g := GitHub{Mask: func(s string) { masked = append(masked, s) }}
		token, err := g.read(body)
		if err == nil && (wire.CheckJWT(token) != nil || len(masked) != 1 || masked[0] != token) {
			t.Errorf("%q was returned, masked was %q", token, masked)
		}
		if err != nil && token != "" {
			t.Errorf("%q beside %v", token, err)
		}
	})
}
