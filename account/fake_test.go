package account

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const (
	subscription = "99999999-8888-4777-8666-555555555555"
	oid          = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff"
	accountID    = "/subscriptions/" + subscription + "/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/contoso"

	// plainToken is a token that does not look like one.
	plainToken = "token-with-no-parts"
)

// contoso is an account that was found.
func contoso() Account {
	a := Account{Kind: "OpenAI", Location: "westeurope"}
	a.place(accountID)
	return a
}

type tokenFunc func(policy.TokenRequestOptions) (string, error)

func (f tokenFunc) GetToken(_ context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := f(opts)
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, err
}

func plainTokens(policy.TokenRequestOptions) (string, error) { return plainToken, nil }

type doFunc = func(*http.Request) (*http.Response, error)

// client asks do, which nil makes fail.
func client(t testing.TB, do doFunc) *Client {
	t.Helper()
	if do == nil {
		do = func(*http.Request) (*http.Response, error) { return nil, errors.New("sent") }
	}
	c, err := New(Config{Credential: tokenFunc(plainTokens), Do: do})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func reply(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// answers answers by path and query, and checks what every request has. An answer
// may begin with a status: "403 HTTP {…}".
func answers(t testing.TB, all map[string]string) doFunc {
	return func(r *http.Request) (*http.Response, error) {
		if r.Method != "GET" || r.URL.Host != "management.azure.com" || r.Header.Get("Authorization") != "Bearer "+plainToken || r.Header.Get("User-Agent") != "keyless-inference" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		address := r.URL.RequestURI()
		body, ok := all[address]
		if !ok {
			t.Errorf("nothing answers %s", address)
			return reply(404, `{"error":{"code":"ResourceNotFound","message":"not there"}}`), nil
		}
		if status, rest, refused := strings.Cut(body, " HTTP "); refused {
			code, err := strconv.Atoi(status)
			return reply(code, rest), err
		}
		return reply(200, body), nil
	}
}

// answersAny answers everything alike.
func answersAny(body string) doFunc {
	return func(*http.Request) (*http.Response, error) { return reply(200, body), nil }
}
