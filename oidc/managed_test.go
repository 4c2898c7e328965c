package oidc

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/keyless-inference/action/wire"
)

// only asks for a scope that nobody else asks for, another run of the test in the same
// process included: azidentity remembers tokens of managed identities for all of it.
func only() policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{"https://" + rand.Text() + ".example/.default"}, EnableCAE: true}
}

// onVM is a credential of a virtual machine whose identity service is local.
func onVM(t testing.TB, local *service, change ...func(*Config)) *Credential {
	t.Helper()
	change = append([]func(*Config){func(cfg *Config) {
		*cfg = Config{Mode: ManagedIdentity, Local: local.Do, Do: func(r *http.Request) (*http.Response, error) {
			t.Errorf("a request to %s", r.URL)
			return nil, errors.New("not expected")
		}}
	}}, change...)
	c, _ := credential(t, local, change...)
	return c
}

func notFound() func(*http.Request) (*http.Response, error) {
	return reply(400, `{"error":"invalid_request","error_description":"Identity not found"}`)
}

var nobodyThere = broken(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route to host")})

const testIdentity = "/subscriptions/" + testTenant + "/resourceGroups/ai/providers/Microsoft.ManagedIdentity/userAssignedIdentities/runner"

func TestManagedIdentity(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*Config)
		query  string
	}{
		"system":   {func(*Config) {}, ""},
		"client":   {func(cfg *Config) { cfg.Client = testClient }, "client_id=" + testClient},
		"object":   {func(cfg *Config) { cfg.Client, cfg.ObjectID = testTenant, testClient }, "object_id=" + testClient},
		"resource": {func(cfg *Config) { cfg.Client, cfg.ResourceID = testTenant, testIdentity }, "msi_res_id=%2Fsubscriptions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				local := serve(granted("access-1-"+t.Name(), 86400, 0), granted("access-2", 86400, 0))
				var masked []string
				c := onVM(t, local, tt.change, func(cfg *Config) { cfg.Mask = func(s string) { masked = append(masked, s) } })
				opts := only()
				for range 2 {
					if got, err := c.GetToken(t.Context(), opts); err != nil || got.Token != "access-1-"+t.Name() {
						t.Fatalf("%q, %v", got.Token, err)
					}
				}
				if local.requests() != 1 || len(masked) != 1 {
					t.Fatalf("%d requests, masked %q", local.requests(), masked)
				}
				r := local.seen[0]
				if r.URL.Host != imds || r.Header.Get("Metadata") != "true" || !strings.Contains(r.URL.RawQuery, tt.query) ||
					tt.query == "" && strings.Contains(r.URL.RawQuery, "_id") {
					t.Errorf("%s %v", r.URL, r.Header)
				}
				opts.Claims = "{}"
				if got, err := c.GetToken(t.Context(), opts); err != nil || got.Token != "access-2" {
					t.Errorf("after a challenge: %q, %v", got.Token, err)
				}
			})
		})
	}
}

func TestManagedIdentityTriesAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 410, 429, 500, 503} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				local := serve(reply(status, `{"error":"busy","error_description":"x"}`), granted("access", 3600, 0))
				if got, err := onVM(t, local).GetToken(t.Context(), only()); err != nil || got.Token != "access" {
					t.Errorf("%q, %v", got.Token, err)
				}
			})
		})
	}
}

func TestManagedIdentityExplains(t *testing.T) {
	t.Parallel()
	user := func(cfg *Config) { cfg.Client = testClient }
	tests := []struct {
		name     string
		answer   func(*http.Request) (*http.Response, error)
		change   func(*Config)
		requests int
		words    []string
	}{
		{"nobody there", nobodyThere, nil, 1, []string{"there is none here, 169.254.169.254 does not answer", "no route to host", "auth: github-oidc"}},
		{"no answer", slow(time.Hour, nobodyThere), nil, 6, []string{"does not answer after 6 attempts"}},
		{"no system-assigned one", notFound(), nil, 1, []string{"does not have a system-assigned managed identity", "az vm identity assign --resource-group GROUP --name VM"}},
		{"another one", notFound(), user, 1, []string{"the managed identity with the client id " + testClient, "[?clientId=='" + testClient + "'].id", "az vm identity show"}},
		{"by resource id", notFound(), func(cfg *Config) { cfg.ResourceID = testIdentity }, 1, []string{"--identities '" + testIdentity + "'"}},
		{
			"several", reply(400, `{"error":"invalid_request","error_description":"Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"}`),
			nil, 1,
			[]string{"several identities", "client-id, resource-id and object-id", "userAssignedIdentities"},
		},
		{"scope", reply(400, `{"error":"invalid_resource","error_description":"AADSTS500011: no"}`), nil, 1, []string{"the scope is not known", "AADSTS500011"}},
		{"Docker Desktop", reply(403, "connecting to 169.254.169.254:80: unreachable"), nil, 1, []string{"HTTP 403, and not as Azure does", "Docker Desktop"}},
		{"another cloud", reply(401, ""), nil, 1, []string{"HTTP 401, and not as Azure does"}},
		{"another cloud's page", reply(404, "<html>"), nil, 1, []string{"HTTP 404, and not as Azure does"}},
		{"forbidden", reply(403, `{"error":"forbidden"}`), nil, 1, []string{"169.254.169.254 forbids it", "auth: workload-identity"}},
		{"a header that is not known", reply(401, `{"statusCode":401,"message":"no"}`), nil, 1, []string{"does not take this process", "IDENTITY_HEADER"}},
		{"App Service, another one", reply(400, `{"statusCode":400,"message":"No Managed Identity found for specified ClientId/ResourceId/PrincipalId."}`), nil, 1, []string{"does not have a system-assigned"}},
		{"busy", reply(503, ""), nil, 6, []string{"busy or disturbed, HTTP 503 after 6 attempts"}},
		{"no token", reply(200, `{"access_token":"opaque-secret"}`), nil, 2, []string{"without a usable token", "expires_in is missing"}},
		{"a page", reply(200, "<html>"), nil, 2, []string{"without a usable token", "not a JSON object"}},
		{"redirect", reply(307, "", "Location", "http://evil.example/"), nil, 1, []string{"HTTP 307"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				local := serve(tt.answer)
				change := tt.change
				if change == nil {
					change = func(*Config) {}
				}
				_, err := onVM(t, local, change).GetToken(t.Context(), only())
				var p *wire.Problem
				if !errors.As(err, &p) || p.Fix == "" || p.Page == "" {
					t.Fatalf("%v", err)
				}
				wantWords(t, err.Error(), append(tt.words, askingMachine)...)
				if local.requests() != tt.requests {
					t.Errorf("%d requests, want %d", local.requests(), tt.requests)
				}
				for e := err; e != nil; e = errors.Unwrap(e) {
					wantNoToken(t, e.Error(), "opaque-secret")
				}
			})
		})
	}
}

// The services of App Service, Azure Arc and the like are where variables say, which
// must be on this machine.
func TestManagedIdentityEndpoints(t *testing.T) {
	t.Setenv("IDENTITY_HEADER", "header-secret")
	for endpoint, words := range map[string][]string{
		"http://127.0.0.1:41234/msi/token":       nil,
		"http://localhost:42356/msi/token":       nil,
		"http://169.254.129.2:8081/msi/token":    nil,
		"http://10.0.0.4/msi/token":              {"asked for at another machine", `"10.0.0.4"`, "IDENTITY_ENDPOINT"},
		"https://evil.example/msi/token":         {`"evil.example"`},
		"http://169.254.169.254.evil.example/":   {"another machine"},
		"http://localhost.evil.example/msi":      {"another machine"},
		"http://127.0.0.1@evil.example/identity": {"another machine"},
		"http://\x7f/":                           {"the request could not be made"},
	} {
		t.Setenv("IDENTITY_ENDPOINT", endpoint)
		local := serve(granted("access", 3600, 0))
		got, err := onVM(t, local).GetToken(t.Context(), only())
		if words == nil && (err != nil || got.Token != "access" || local.requests() != 1 || local.seen[0].URL.Host != strings.Split(endpoint, "/")[2]) {
			t.Errorf("%s: %q, %v", endpoint, got.Token, err)
		}
		if words != nil && (err == nil || local.requests() > 0) {
			t.Errorf("%s: %d requests, %v", endpoint, local.requests(), err)
		} else if words != nil {
			wantWords(t, err.Error(), words...)
			wantNoToken(t, err.Error(), "header-secret")
		}
	}
}

// What a process shows the machine's identity service is masked before it is sent, and
// cut out of an answer that repeats it, spelled with escapes or not.
func TestManagedIdentityEcho(t *testing.T) {
	const secret = "d1J+hush/hush=="
	for name, vars := range map[string][]string{
		"App Service": {"IDENTITY_ENDPOINT", "http://127.0.0.1:41234/msi/token", "IDENTITY_HEADER", secret},
		"Azure ML":    {"MSI_ENDPOINT", "http://127.0.0.1:41234/msi/token", "MSI_SECRET", secret},
	} {
		for _, spelling := range []string{secret, `\u00641J+hush\/hush\u003d=`} {
			t.Run(name, func(t *testing.T) {
				for i := 0; i+1 < len(vars); i += 2 {
					t.Setenv(vars[i], vars[i+1])
				}
				t.Setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
				for _, mode := range []string{ManagedIdentity, Default} {
					var masked, notes []string
					local := serve(reply(500, spelling), reply(400, `{"error":"x `+spelling+`","error_description":"`+spelling+`","trace_id":"`+spelling+`"}`))
					synctest.Test(t, func(t *testing.T) {
						_, err := onVM(t, local, func(cfg *Config) {
							cfg.Mode, cfg.Mask = mode, func(s string) { masked = append(masked, s) }
							cfg.Log = func(s string) { notes = append(notes, s) }
						}).GetToken(t.Context(), only())
						wantSecretCut(t, err, secret, notes, masked)
					})
					if local.requests() != 2 {
						t.Errorf("%s: %d requests", mode, local.requests())
					}
				}
			})
		}
	}
}

// wantSecretCut fails unless a secret that was sent is masked and in no text.
func wantSecretCut(t *testing.T, err error, secret string, notes, masked []string) {
	t.Helper()
	if err == nil || !slices.Contains(masked, secret) {
		t.Fatalf("masked %q, %v", masked, err)
	}
	wantNoToken(t, strings.Join(notes, "\n"), secret)
	for e := err; e != nil; e = errors.Unwrap(e) {
		wantNoToken(t, e.Error(), secret, "hush")
	}
}

// The key that Azure Arc wants read is cut as well, whatever has become of it.
func TestManagedIdentityArcEcho(t *testing.T) {
	t.Parallel()
	const secret = "hush-hush-hush"
	var masked []string
	local := serve(reply(400, `{"error":"invalid","error_description":"echo Basic `+secret+`"}`))
	v := &visit{tap: tap{do: local.Do, mask: func(s string) { masked = append(masked, s) }}}
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:40342/metadata/identity/oauth2/token", nil)
	r.Header.Set("Authorization", "Basic "+secret)
	if _, err := v.Do(r); err != nil {
		t.Fatal(err)
	}
	wantSecretCut(t, v.failure(errors.New("no token")), secret, nil, masked)
	v.challenged, v.status = true, http.StatusUnauthorized
	wantSecretCut(t, v.failure(errors.New("they said "+secret)), secret, nil, masked)
}

// An early refresh asks the machine, and not what azidentity remembers of it.
func TestManagedIdentityRefreshes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		local := serve(granted("access-1", 86400, 0), granted("access-2", 86400, 0))
		c, opts := onVM(t, local), only()
		for at, want := range []string{"access-1", "access-1", "access-2"} {
			if got, err := c.GetToken(t.Context(), opts); err != nil || got.Token != want {
				t.Errorf("%q, %v, want %s", got.Token, err, want)
			}
			synctest.Wait() // for the refresh that the second call starts
			if at == 0 {
				time.Sleep(13 * time.Hour)
			}
		}
	})
}

// Azure Arc wants a file read before it gives a token.
func TestManagedIdentityArc(t *testing.T) {
	t.Setenv("IDENTITY_ENDPOINT", "http://127.0.0.1:40342/metadata/identity/oauth2/token")
	t.Setenv("IMDS_ENDPOINT", "http://127.0.0.1:40342")
	local := serve(reply(401, "", "Www-Authenticate", "Basic realm=/var/opt/azcmagent/tokens/none.key"))
	_, err := onVM(t, local).GetToken(t.Context(), only())
	if err == nil || local.requests() != 1 {
		t.Fatalf("%d requests, %v", local.requests(), err)
	}
	wantWords(t, err.Error(), "Azure Arc gave no token", "usermod --append --groups himds", "none.key")
}

func TestLocalClientUsesNoProxy(t *testing.T) {
	t.Parallel()
	if c := localClient(); c.Transport.(*http.Transport).Proxy != nil || c.CheckRedirect == nil {
		t.Error("a proxy or a redirect would be followed")
	}
}
