package chain

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// Every refusal is the fault of one link, and of a request that was not refused none
// is to blame.
func TestCulprit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  error
		link string
	}{
		{nil, ""},
		{errNotAsked, ""},
		{errors.New("connection reset"), "endpoint"},
		{&inference.ServiceError{Status: 401, Code: "PermissionDenied"}, "role"},
		{&inference.ServiceError{Status: 401, Message: "Access denied due to invalid Subscription Key or wrong API endpoint."}, "endpoint"},
		{&inference.ServiceError{Status: 401}, "token"},
		{&inference.ServiceError{Status: 400, Message: "Token tenant x does not match resource tenant."}, "token"},
		{&inference.ServiceError{Status: 400, Message: "Please provide a custom subdomain for token authentication"}, "endpoint"},
		{&inference.ServiceError{Status: 400, Message: "unknown parameter"}, "capability"},
		{&inference.ServiceError{Status: 403}, "endpoint"},
		{&inference.ServiceError{Status: 404, Code: "DeploymentNotFound"}, "deployment"},
		{&inference.ServiceError{Status: 404, Code: "404"}, "endpoint"},
		{&inference.ServiceError{Status: 429}, "quota"},
		{&inference.ServiceError{Status: 200}, "endpoint"},
		{&inference.ServiceError{Status: 307}, "endpoint"},
		{&inference.ServiceError{Status: 500}, "capability"},
	} {
		e := &evidence{askErr: tt.err}
		if got := e.culprit(); got != tt.link {
			t.Errorf("%v: %q, want %q", tt.err, got, tt.link)
		}
	}
}

// A link is to blame in the table only if it is one of the chain.
func TestBlamesAreLinks(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, l := range links {
		names[l.name] = true
	}
	for _, b := range blames {
		if !names[b.link] {
			t.Errorf("there is no link %q", b.link)
		}
	}
}

// reachedAt tries to reach an endpoint.
func reachedAt(t *testing.T, endpoint string) *evidence {
	t.Helper()
	e := &evidence{cfg: Config{Client: &inference.Client{Endpoint: endpoint}}}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	e.reach(ctx)
	return e
}

func TestReach(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(nil)
	defer plain.Close()
	e := reachedAt(t, plain.URL)
	if e.reachErr != nil || listed(e.reached.addresses) != "127.0.0.1" || !e.reached.local() || e.reached.private() {
		t.Errorf("%+v, %v", e.reached, e.reachErr)
	}
}

func TestReachTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	e := reachedAt(t, server.URL)
	wantProblem(t, e.reachErr, "is not trusted", "ca-file")
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	e = &evidence{cfg: Config{Client: &inference.Client{Endpoint: server.URL}, Roots: roots}}
	e.reach(t.Context())
	if e.reachErr != nil || e.reached.tls != "TLS 1.3" || e.reached.issuer == "" {
		t.Errorf("%+v, %v", e.reached, e.reachErr)
	}
}

func TestReachNobody(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	wantProblem(t, reachedAt(t, "http://"+address).reachErr, "nothing answers", address, "on this machine")
}

func TestObstacles(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"name not found":     &net.DNSError{IsNotFound: true, Name: "x"},
		"names not resolved": &net.DNSError{IsTemporary: true, Name: "x"},
		"no answer":          errors.New("connection refused"),
	} {
		for _, o := range obstacles {
			if o.applies(reached{}, err) {
				if o.name != name {
					t.Errorf("%v is taken for %q, want %q", err, o.name, name)
				}
				break
			}
		}
	}
	for _, o := range obstacles {
		if o.what == "" || o.why == "" || o.fix == "" || !strings.HasPrefix(o.page, "https://") {
			t.Errorf("%q lacks a part", o.name)
		}
	}
}

func wantProblem(t *testing.T, err error, words ...string) {
	t.Helper()
	p, ok := errors.AsType[*wire.Problem](err)
	if !ok {
		t.Fatalf("%v is no problem", err)
	}
	for _, w := range words {
		if !strings.Contains(p.Error(), w) {
			t.Errorf("%q is missing in\n%v", w, p)
		}
	}
}

// The ID token that is shown is the one that is exchanged; a second exchange has
// another one.
func TestOnce(t *testing.T) {
	t.Parallel()
	next := once("first", nil, func(context.Context) (string, error) { return "second", nil })
	for _, want := range []string{"first", "second", "second"} {
		if got, err := next(t.Context()); got != want || err != nil {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	failed := errors.New("no token")
	next = once("", failed, func(context.Context) (string, error) { return "second", nil })
	for range 2 {
		if _, err := next(t.Context()); !errors.Is(err, failed) {
			t.Errorf("%v", err)
		}
	}
}

// A walk of nothing that works says so, and judges what it can without a token.
func TestWalkWithoutToken(t *testing.T) {
	t.Parallel()
	report := Walk(t.Context(), Config{
		Modes: []string{oidc.GitHubOIDC}, NoIDToken: oidc.NoIdentity(oidc.Job{Actions: true}),
		Client: &inference.Client{Endpoint: "https://127.0.0.1:1"}, Deployment: "gpt",
	})
	states := map[string]State{}
	for _, l := range report.Links {
		states[l.Name] = l.State
		if (l.State == Broken) != (l.Problem != nil) || l.Says == "" {
			t.Errorf("%+v", l)
		}
	}
	if report.Works || states["permissions"] != Broken || states["exchange"] != Unjudged || states["endpoint"] != Broken || states["role"] != Unjudged {
		t.Errorf("%v", states)
	}
	if got := report.Verdict(); got != "an inference call would not work; broken: permissions, endpoint" {
		t.Error(got)
	}
}
