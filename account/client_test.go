package account

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/cognitiveservices/armcognitiveservices"

	"github.com/keyless-inference/action/wire"
)

func TestNew(t *testing.T) {
	t.Parallel()
	tokens := tokenFunc(plainTokens)
	for name, c := range map[string]struct {
		cfg   Config
		scope string
		wrong []string
	}{
		"public":       {Config{Credential: tokens}, "https://management.azure.com/.default", nil},
		"another":      {Config{Management: "https://management.usgovcloudapi.net/", Credential: tokens}, "https://management.usgovcloudapi.net/.default", nil},
		"an emulator":  {Config{Management: "http://127.0.0.1:8089", Scope: "https://management.azure.com/.default", Credential: tokens}, "https://management.azure.com/.default", nil},
		"in the clear": {Config{Management: "http://management.azure.com"}, "", []string{"clear text", "no source of tokens"}},
	} {
		got, err := New(c.cfg)
		for _, want := range c.wrong {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		if c.wrong == nil && (err != nil || got.cfg.Scope != c.scope) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if CheckSubscription(subscription) != nil || CheckSubscription("x") == nil {
		t.Error("CheckSubscription is wrong")
	}
}

// admitted is where a request to an address goes.
func admitted(c *call, address string) (string, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	out, err := c.admit(r)
	if err != nil {
		return "", err
	}
	return out.URL.Scheme + "://" + out.URL.Host, nil
}

func TestAdmit(t *testing.T) {
	t.Parallel()
	ask := &call{Client: client(t, nil)}
	for link, ok := range map[string]bool{
		"https://management.azure.com/subscriptions?x=1": true, "https://management.azure.com:443/x": true, "https://MANAGEMENT.azure.com/x": true,
		"http://management.azure.com/x": false, "https://management.azure.com:444/x": false, "https://management.azure.com.evil.example/": false,
		"https://u@management.azure.com/": false, "//management.azure.com/x": false, "/x": false, "": false, "https://management.azure.com@evil.example/": false, ":": false,
	} {
		host, err := admitted(ask, link)
		if (err == nil) != ok || err == nil && host != "https://management.azure.com" {
			t.Errorf("%q: %v, %v", link, host, err)
		}
	}
}

// Wherever a list says that its next page is, the token goes nowhere else. The
// whole way is taken, the SDK's pages and pipeline included.
func FuzzNextLink(f *testing.F) {
	f.Add("https://management.azure.com:443/x?y#z")
	f.Add("https://management.azure.com\\@evil.example")
	f.Add("//evil.example/")
	f.Add("%zz")
	f.Fuzz(func(t *testing.T, link string) {
		calls := 0
		c := client(t, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "management.azure.com" || r.URL.Scheme != "https" || r.URL.User != nil || r.Host != "" && r.Host != r.URL.Host {
				t.Errorf("%q leads to %q", link, r.URL)
			}
			if calls++; calls > 1 {
				return reply(200, `{"value":[]}`), nil
			}
			return reply(200, `{"value":[],"nextLink":`+quoted(link)+`}`), nil
		})
		_, _ = c.Subscriptions(t.Context())
		calls = 0
		_, _ = c.Deployments(t.Context(), contoso())
	})
}

func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		fmt.Fprintf(&b, `\u%04x`, min(r, 0xffff))
	}
	return b.String() + `"`
}

func TestPrincipal(t *testing.T) {
	t.Parallel()
	enc := base64.RawURLEncoding.EncodeToString
	c := client(t, nil)
	for payload, want := range map[string][2]string{
		`{"oid":"` + oid + `","idtyp":"app"}`:              {oid, "ServicePrincipal"},
		`{"oid":"` + oid + `","idtyp":"user"}`:             {oid, "User"},
		`{"oid":"` + oid + `","upn":"a@b.example"}`:        {oid, "User"},
		`{"oid":"` + oid + `","scp":"user_impersonation"}`: {oid, "User"},
		`{"oid":"` + oid + `","idtyp":"app","scp":"x"}`:    {oid, "ServicePrincipal"},
		`{"oid":"` + oid + `","idtyp":"User; reboot"}`:     {oid, ""},
		`{"oid":"x' or 1"}`:                                {}, `{}`: {}, `x`: {}, `{"oid":1}`: {},
	} {
		c.cfg.Credential = tokenFunc(func(policy.TokenRequestOptions) (string, error) { return "h." + enc([]byte(payload)) + ".s", nil })
		id, err := c.Principal(t.Context())
		kind, err1 := c.PrincipalType(t.Context())
		if id != want[0] || kind != want[1] || err != nil || err1 != nil {
			t.Errorf("%s: %q, %q, %v, %v", payload, id, kind, err, err1)
		}
	}
	for _, token := range []string{"", "a.!.c"} {
		c.cfg.Credential = tokenFunc(func(policy.TokenRequestOptions) (string, error) { return token, nil })
		id, err := c.Principal(t.Context())
		kind, err1 := c.PrincipalType(t.Context())
		if id != "" || kind != "" || err != nil || err1 != nil {
			t.Errorf("%q: it made one up: %q, %q, %v, %v", token, id, kind, err, err1)
		}
	}
	c.cfg.Credential = tokenFunc(func(policy.TokenRequestOptions) (string, error) { return "", errors.New("no eyJabc.def") })
	if _, err := c.Principal(t.Context()); err == nil || err.Error() != "no [token]" {
		t.Error(err)
	}
	if _, err := c.PrincipalType(t.Context()); err == nil || err.Error() != "no [token]" {
		t.Error(err)
	}
	if _, err := c.Subscriptions(t.Context()); err == nil || err.Error() != "listing the subscriptions: no [token]" {
		t.Error(err)
	}
}

// Throttling is waited out, and the answer that comes then counts. The log gets a
// line for each attempt, without the token.
func TestTriesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, calls := time.Now(), 0
		var lines []string
		c := client(t, func(*http.Request) (*http.Response, error) {
			if calls++; calls < 3 {
				return reply(429, `{"error":{"code":"TooManyRequests","message":"`+plainToken+`"}}`, "Retry-After", "20"), nil
			}
			return reply(200, `{"value":[{"subscriptionId":"`+subscription+`"},{"subscriptionId":"../x"}]}`), nil
		})
		c.cfg.Log = func(s string) { lines = append(lines, s) }
		got, err := c.Subscriptions(t.Context())
		if took := time.Since(start); err != nil || calls != 3 || took < 40*time.Second || took > 45*time.Second || len(got) != 1 || got[0] != subscription {
			t.Errorf("%d calls in %v: %q, %v", calls, took, got, err)
		}
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "Azure: listing the subscriptions: HTTP 429 TooManyRequests: [secret]: attempt 1 failed, the next one is in 2") {
			t.Errorf("%q", lines)
		}
	})
}

// Every failure is told in one line that says what was being done.
func TestFailures(t *testing.T) {
	t.Parallel()
	const page = `{"value":[],"nextLink":"https://management.azure.com/more"}`
	for name, c := range map[string]struct {
		do   doFunc
		want string
	}{
		"refused": {func(*http.Request) (*http.Response, error) {
			return reply(403, `{"error":{"code":"AuthorizationFailed","message":"The client\u001b[1m may not"}}`), nil
		}, "listing the deployments: HTTP 403 AuthorizationFailed: The client[1m may not"},
		"the token sent": {func(*http.Request) (*http.Response, error) {
			return reply(418, `{"error":{"code":"x","message":"`+plainToken+`"}}`), nil
		}, "listing the deployments: HTTP 418 x: [secret]"},
		"a redirect": {func(*http.Request) (*http.Response, error) {
			return reply(307, "", "Location", "https://evil.example"), nil
		}, "listing the deployments: HTTP 307"},
		"a login page": {func(*http.Request) (*http.Response, error) { return reply(200, "<html>"), nil }, "listing the deployments: what management.azure.com answers is not Azure Resource Manager's"},
		"nothing":      {func(*http.Request) (*http.Response, error) { return reply(200, ""), nil }, "listing the deployments: what management.azure.com answers is not Azure Resource Manager's"},
		"another form": {func(*http.Request) (*http.Response, error) { return reply(200, `{"value":"`+plainToken+`"}`), nil }, "listing the deployments: what management.azure.com answers is not Azure Resource Manager's"},
		"no end":       {func(*http.Request) (*http.Response, error) { return reply(200, page), nil }, "listing the deployments: the list has more than 1000 pages"},
		"too long": {func(*http.Request) (*http.Response, error) {
			return reply(200, strings.Repeat(" ", answerLimit+1)), nil
		}, "listing the deployments: reading the answer: it is longer than the 16777216 bytes that are accepted (2 attempts)"},
		"busy":        {func(*http.Request) (*http.Response, error) { return reply(503, "<html>"), nil }, "listing the deployments: HTTP 503 (2 attempts)"},
		"a long wait": {func(*http.Request) (*http.Response, error) { return reply(429, "", "Retry-After", "86400"), nil }, "listing the deployments: HTTP 429 (the next attempt would have to wait 2"},
		"gone": {func(*http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Get", URL: "https://x", Err: errors.New("reset")}
		}, "listing the deployments: there is no answer from management.azure.com: reset (2 attempts)"},
		"hanging": {func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, "listing the deployments: there is no answer from management.azure.com: context deadline exceeded (2 attempts)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := client(t, c.do)
				a.cfg.Attempts = 2
				_, err := a.Deployments(t.Context(), contoso())
				if err == nil || !strings.HasPrefix(err.Error(), c.want) {
					t.Errorf("%v, want %s", err, c.want)
				}
				var refused *Refusal
				if errors.As(err, &refused) != strings.Contains(c.want, "HTTP") {
					t.Errorf("%v is not as typed as it should be", err)
				}
			})
		})
	}
}

// A token that an answer repeats is no value either, of whatever is asked for.
func TestEchoIsNoValue(t *testing.T) {
	t.Parallel()
	c := client(t, answersAny(`{"id":"`+accountID+`","name":"`+plainToken+`","location":"x `+plainToken+`","value":[{"id":"`+plainToken+`","name":"`+plainToken+`",
		"kind":"OpenAI","location":"`+plainToken+`","properties":{"model":{"name":"`+plainToken+`"}},
		"model":{"name":"`+plainToken+`"}}],"properties":{"endpoint":"https://`+plainToken+`/"}}`))
	one, err1 := c.Account(t.Context(), accountID)
	all, err2 := c.Accounts(t.Context(), subscription)
	deployments, err3 := c.Deployments(t.Context(), contoso())
	models, err4 := c.Models(t.Context(), contoso())
	if err := errors.Join(err1, err2, err3, err4); err != nil || len(all) != 1 || len(deployments) != 1 || len(models) != 1 {
		t.Fatalf("%v %v %v, %v", all, deployments, models, err)
	}
	if text := fmt.Sprintf("%+v", []any{one, all, deployments, models}); strings.Contains(text, plainToken) || one.Location != "x [secret]" {
		t.Errorf("the token is in %s", text)
	}
}

// A resource that wants a token with further claims gets one: continuous access
// evaluation, https://learn.microsoft.com/entra/identity-platform/claims-challenge.
func TestClaimsChallenge(t *testing.T) {
	t.Parallel()
	const claims = `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`
	var asked []policy.TokenRequestOptions
	c := client(t, func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "Bearer the second token" {
			return reply(401, `{"error":{"code":"InvalidAuthenticationToken"}}`, "WWW-Authenticate",
				`Bearer realm="", error="insufficient_claims", claims="`+base64.StdEncoding.EncodeToString([]byte(claims))+`"`), nil
		}
		return reply(200, `{"value":[]}`), nil
	})
	c.cfg.Credential = tokenFunc(func(opts policy.TokenRequestOptions) (string, error) {
		if asked = append(asked, opts); opts.Claims == "" {
			return plainToken, nil
		}
		return "the second token", nil
	})
	_, err := c.Deployments(t.Context(), contoso())
	if err != nil || len(asked) != 2 || asked[1].Claims != claims || !asked[0].EnableCAE || asked[0].Scopes[0] != "https://management.azure.com/.default" {
		t.Errorf("%+v, %v", asked, err)
	}
	if got := c.Cut("the second token"); got != "[secret]" {
		t.Error(got)
	}
}

// Keys can't be listed, not even through the SDK's own client.
func TestOnlyReads(t *testing.T) {
	t.Parallel()
	ask := &call{Client: client(t, nil), doing: "listing the keys"}
	sdk, err := armcognitiveservices.NewAccountsClient(subscription, ask, ask.options())
	if err != nil {
		t.Fatal(err)
	}
	_, err = sdk.ListKeys(t.Context(), "ai", "contoso", nil)
	if told := ask.told(err); told == nil || told.Error() != "listing the keys: nothing but GET is sent to Azure Resource Manager" {
		t.Error(told)
	}
	var problem *wire.Problem
	if errors.As(err, &problem) {
		t.Error(err)
	}
}
