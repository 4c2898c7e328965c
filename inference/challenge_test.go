package inference

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

const someClaims = `{"access_token":{"nbf":{"essential":true,"value":"1726077595"}}}`

func TestChallenges(t *testing.T) {
	t.Parallel()
	type params = map[string]string
	tests := map[string][]challenge{
		"":                                     nil,
		" , ,, ":                               nil,
		"Basic":                                {{"basic", nil}},
		`Bearer realm="a, b=\"c\"", error = x`: {{"bearer", params{"realm": `a, b="c"`, "error": "x"}}},
		`Negotiate YWJj/+==, Bearer Error="e"`: {{"negotiate", nil}, {"bearer", params{"error": "e"}}},
		`Negotiate, Basic realm=x`:             {{"negotiate", nil}, {"basic", params{"realm": "x"}}},
		`PoP realm="", nonce="ey==", Bearer realm="", error="insufficient_claims", claims="ey=="`: {
			{"pop", params{"realm": "", "nonce": "ey=="}},
			{"bearer", params{"realm": "", "error": "insufficient_claims", "claims": "ey=="}},
		},
		`Foo bar=can't parse this, error=my bad, Bearer a=b`: {
			{"foo", params{"bar": "can't"}}, {"parse", params{"error": "my"}}, {"bad", nil}, {"bearer", params{"a": "b"}},
		},
		`Bearer a="never closed, b=c`:   {{"bearer", params{"a": "never closed, b=c"}}},
		`Bearer a="ends in a \`:         {{"bearer", params{"a": "ends in a "}}},
		`a=b, Bearer a=1, a=2, "x", {}`: {{"bearer", params{"a": "1"}}},
	}
	for line, want := range tests {
		if got := challenges(line); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", line, got, want)
		}
	}
}

func TestWantedClaims(t *testing.T) {
	t.Parallel()
	long, _ := json.Marshal(map[string]string{"a": strings.Repeat("x", longestClaims)})
	tests := map[string]string{
		`Bearer error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(someClaims)) + `"`:       someClaims,
		`Bearer error="insufficient_claims", claims="` + base64.RawURLEncoding.EncodeToString([]byte(`{"a":"ü?>"}`)) + `"`: `{"a":"ü?>"}`,
		`Bearer error="insufficient_claims", claims="` + strings.ReplaceAll(someClaims, `"`, `\"`) + `"`:                   someClaims,
		`Basic realm="x", bEARER error=insufficient_claims, claims=e30`:                                                    `{}`,
		`Bearer error="invalid_token", claims="e30="`:                                                                      "",
		`PoP error="insufficient_claims", claims="e30="`:                                                                   "",
		`Bearer error="insufficient_claims"`:                                                                               "",
		`Bearer error="insufficient_claims", claims="not base64!"`:                                                         "",
		`Bearer error="insufficient_claims", claims="bnVsbA=="`:                                                            "",
		`Bearer error="insufficient_claims", claims="W10="`:                                                                "",
		`Bearer error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString(long) + `"`:                     "",
	}
	for line, want := range tests {
		if got := wantedClaims(http.Header{"Www-Authenticate": {"Negotiate", line}}); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}

func FuzzChallenges(f *testing.F) {
	f.Add(`Bearer realm="", error="insufficient_claims", claims="e30="`)
	f.Add(`Negotiate YWJj/+==, Basic realm=x , Foo bar=can't parse`)
	f.Add("a=\"\\\"\\\\\",,b")
	f.Fuzz(func(t *testing.T, line string) {
		for _, c := range challenges(line) {
			if c.scheme == "" || strings.ContainsFunc(c.scheme, func(r rune) bool { return r > 0x7e || r <= ' ' || unicode.IsUpper(r) }) {
				t.Errorf("the scheme %q", c.scheme)
			}
		}
		// What is written by the rules is read again as it was.
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(line)
		got := challenges(`Negotiate abc=, Bearer error="` + quoted + `", x=y`)
		if len(got) != 2 || got[1].params["error"] != line || got[1].params["x"] != "y" {
			t.Errorf("%q was read as %v", line, got)
		}
		if claims := wantedClaims(http.Header{"Www-Authenticate": {`Bearer error=insufficient_claims, claims="` + quoted + `"`}}); claims != "" && !json.Valid([]byte(claims)) {
			t.Errorf("%q are no claims", claims)
		}
	})
}

// A challenge is answered once, at once, with a token that has the claims: it is
// no attempt, and what was asked is sent whole again.
func TestClaimsChallenge(t *testing.T) {
	t.Parallel()
	challenged := refusal(401, `{"error":{"code":"401","message":"Unauthorized"}}`,
		fmt.Sprintf("WWW-Authenticate: Bearer error=\"insufficient_claims\", claims=%q", base64.StdEncoding.EncodeToString([]byte(someClaims))))
	for name, c := range map[string]struct {
		answers []answerer
		claims  []string
		want    []string // in the error
	}{
		"answered":    {[]answerer{challenged, hello}, []string{"", someClaims}, nil},
		"again":       {[]answerer{challenged}, []string{"", someClaims}, []string{"the service does not accept the token, nor a newer one", "insufficient_claims", "request id req-1", "az ad sp show"}},
		"then no":     {[]answerer{challenged, refusal(404, `{"error":{"code":"DeploymentNotFound","message":"no"}}`)}, []string{"", someClaims}, []string{"no deployment of that name"}},
		"unreadable":  {[]answerer{refusal(401, `{}`, `WWW-Authenticate: Bearer error="insufficient_claims", claims="?"`)}, []string{""}, []string{"does not accept the token"}},
		"another 401": {[]answerer{refusal(401, `{}`, `WWW-Authenticate: Bearer error="invalid_token"`)}, []string{""}, []string{"does not accept the token"}},
	} {
		f := serve(c.answers...)
		client := f.client()
		client.Attempts = 1
		var claims []string
		client.Token = func(_ context.Context, wanted string) (string, error) {
			claims = append(claims, wanted)
			return secret + strings.Repeat("x", len(claims)), nil
		}
		got, err := client.Ask(t.Context(), ask())
		if !reflect.DeepEqual(claims, c.claims) || len(f.seen) != len(c.claims) || got.Attempts != len(c.claims) {
			t.Errorf("%s: asked for tokens with %q, %d requests, %+v", name, claims, len(f.seen), got)
		}
		if last := f.seen[len(f.seen)-1]; last.raw != f.seen[0].raw || last.header.Get("Authorization") != "Bearer "+secret+strings.Repeat("x", len(claims)) {
			t.Errorf("%s: the last request was %s, %s", name, last.header.Get("Authorization"), last.raw)
		}
		if c.want == nil && err != nil {
			t.Errorf("%s: %v", name, err)
		} else if c.want != nil {
			problem(t, err, c.want...)
		}
	}
}

// Everything that makes requests answers a challenge: a file is sent from its
// beginning again.
func TestClaimsChallengeOfAnUpload(t *testing.T) {
	t.Parallel()
	f := serve(refusal(401, `{}`, `WWW-Authenticate: Bearer error="insufficient_claims", claims="e30="`),
		whole(`{"id":"file-1","status":"processed"}`), whole(`{"id":"batch-1"}`))
	b, err := f.client().CreateBatch(t.Context(), Chat, "in.jsonl", strings.NewReader("{\"custom_id\":\"1\"}\n"), nil)
	if err != nil || b.ID != "batch-1" || len(f.seen) != 3 || len(f.seen[0].raw) != len(f.seen[1].raw) || !strings.Contains(f.seen[1].raw, "custom_id") {
		t.Errorf("got %+v, %v; sent %q", b, err, f.seen)
	}
}
