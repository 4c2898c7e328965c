package emulator

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// toward sends every request to a server, whatever address it is for.
type toward struct{ host string }

func (t toward) Do(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", t.host
	return plain.Do(r)
}

// use gets a token and shows that the data plane takes it.
func use(t *testing.T, e *Emulator, cred azcore.TokenCredential) error {
	t.Helper()
	token, err := cred.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://cognitiveservices.azure.com/.default"}})
	if err != nil {
		return err
	}
	if left := time.Until(token.ExpiresOn); left < 59*time.Minute || left > 61*time.Minute {
		t.Errorf("expires in %s", left)
	}
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token.Token)
	c, err := e.verifyAccess(r, audiences)
	if err == nil && (c["oid"] != DefaultObjectID || c["appid"] != DefaultClient) {
		t.Errorf("the token is of %v", c)
	}
	return err
}

// machine makes Microsoft's own client believe that it is on a machine of this
// sort.
func machine(t *testing.T, cfg Config, url string) {
	t.Helper()
	for _, name := range []string{"IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET", "IDENTITY_SERVER_THUMBPRINT"} {
		t.Setenv(name, "")
	}
	for _, line := range cfg.machineEnv(url) {
		name, value, _ := strings.Cut(line, "=")
		t.Setenv(name, value)
	}
}

func TestManagedIdentity(t *testing.T) {
	e, url := listen(t, Config{})
	host := strings.TrimPrefix(url, "http://")
	for _, kind := range []string{"imds", "app-service"} {
		machine(t, Config{ManagedIdentity: kind}, url)
		for _, c := range []struct {
			id   azidentity.ManagedIDKind
			want string
		}{
			{nil, ""},
			{azidentity.ClientID(DefaultClient), ""},
			{azidentity.ObjectID(DefaultObjectID), ""},
			{azidentity.ResourceID(strings.ToUpper(DefaultIdentity)), ""},
			{azidentity.ClientID("99999999-2222-4333-8444-555555555555"), "400"},
			{azidentity.ResourceID(DefaultIdentity + "x"), "400"},
		} {
			options := &azidentity.ManagedIdentityCredentialOptions{ID: c.id}
			options.Transport = toward{host}
			cred, err := azidentity.NewManagedIdentityCredential(options)
			if err != nil {
				t.Fatal(err)
			}
			err = use(t, e, cred)
			if fine := err == nil; fine != (c.want == "") || !fine && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s %v: %v", kind, c.id, err)
			}
		}
	}
}

// What a client of Azure Arc does, by hand.
func TestArc(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "one.key")
	_, address := listen(t, Config{ArcKeyFile: key})
	ask := func(key string) *http.Response {
		query := url.Values{"api-version": {"2020-06-01"}, "resource": {"https://ai.azure.com"}, "client_id": {DefaultClient}}
		r, err := http.NewRequest("GET", address+arcPath+"?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Metadata", "true")
		if key != "" {
			r.Header.Set("Authorization", "Basic "+key)
		}
		resp, err := plain.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	for _, wrong := range []string{"", "another"} {
		if r := ask(wrong); r.StatusCode != 401 || r.Header.Get("WWW-Authenticate") != "Basic realm="+key {
			t.Errorf("%q: %s %v", wrong, r.Status, r.Header)
		}
	}
	if r := ask(ArcKey); r.StatusCode != 200 {
		t.Errorf("with the key: %s", r.Status)
	}
}

// Microsoft's client reads a file that only root can write, which an agent, or
// "keyless emulate --managed-identity arc", puts there.
func TestArcIdentity(t *testing.T) {
	if _, err := os.Stat(DefaultArcKeyFile); err != nil {
		t.Skip("there is no key where Microsoft's client looks for it")
	}
	e, url := listen(t, Config{})
	machine(t, Config{ManagedIdentity: "arc"}, url)
	for id, want := range map[azidentity.ManagedIDKind]bool{azidentity.ClientID(DefaultClient): true, azidentity.ResourceID(DefaultIdentity): true, azidentity.ClientID("x"): false} {
		cred, err := azidentity.NewManagedIdentityCredential(&azidentity.ManagedIdentityCredentialOptions{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if err := use(t, e, cred); (err == nil) != want {
			t.Errorf("%v: %v", id, err)
		}
	}
}

func TestIMDS(t *testing.T) {
	t.Parallel()
	_, address := listen(t, Config{})
	for _, c := range []struct {
		path, header, value string
		status              int
		want                string
	}{
		{imdsPath + "?api-version=2018-02-01&resource=https://ai.azure.com/", "Metadata", "true", 200, `"expires_in":"3600"`},
		{imdsPath + "?api-version=2018-02-01&resource=https://ai.azure.com/", "Metadata", "True", 200, `"client_id":"` + DefaultClient},
		{imdsPath, "", "", 400, "Required metadata header not specified"},
		{imdsPath + "?resource=https://ai.azure.com", "Metadata", "true", 400, "'api-version'"},
		{imdsPath + "?api-version=2018-02-01", "Metadata", "true", 400, "'resource'"},
		{imdsPath + "?api-version=2018-02-01&resource=https://example.com", "Metadata", "true", 400, "AADSTS500011"},
		{imdsPath + "?api-version=2018-02-01&resource=https://ai.azure.com&object_id=x", "Metadata", "true", 400, `{"error":"invalid_request","error_description":"Identity not found"}`},
		{appServicePath + "?api-version=2019-08-01&resource=https://ai.azure.com", "X-Identity-Header", IdentityHeader, 200, `"expires_on":"1`},
		{appServicePath + "?api-version=2019-08-01&resource=https://ai.azure.com", "X-Identity-Header", "wrong", 401, `"statusCode":401`},
		{appServicePath + "?api-version=2019-08-01&resource=https://ai.azure.com&mi_res_id=x", "X-Identity-Header", IdentityHeader, 400, "No User Assigned or Delegated Managed Identity found"},
	} {
		r, err := http.NewRequest("GET", address+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		if a := (model{}).do(t, r); a.status != c.status || !strings.Contains(a.body, c.want) {
			t.Errorf("%s: %d %s", c.path, a.status, a.body)
		}
	}
}

// A fault strikes who may get a token, or the question whether IMDS is there.
func TestIMDSFaults(t *testing.T) {
	t.Parallel()
	e, address := listen(t, Config{})
	ask := func(header string) (status int, body string) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, "GET", address+imdsPath+"?api-version=2018-02-01&resource=https://ai.azure.com", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			r.Header.Set("Metadata", header)
		}
		a := model{}.do(t, r)
		return a.status, a.body
	}
	for code, want := range map[string]struct {
		status int
		body   string
	}{
		"400": {400, "Identity not found"}, "403": {403, "Forbidden"}, "403-unreachable": {403, "unreachable network"}, "404": {404, "not_found"},
		"410": {410, "gone"}, "429": {429, "too_many"}, "500": {500, "unknown"}, "garbage": {200, "<!DOCTYPE"}, "empty": {200, ""},
		"slow": {0, ""}, "redirect": {307, ""}, "reset": {0, ""},
	} {
		fail(t, e, "imds", code)
		fail(t, e, "imds", code+"-probe")
		for _, header := range []string{"true", ""} {
			if status, body := ask(header); status != want.status || !strings.Contains(body, want.body) {
				t.Errorf("%s with %q: %d %s", code, header, status, body)
			}
		}
		if status, _ := ask("true"); status != 200 {
			t.Errorf("after %s: %d", code, status)
		}
	}
	if n := len(imdsFaults()); n != 24 {
		t.Errorf("%d faults, of which 24 are tested", n)
	}
}

func TestWorkloadIdentity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{}, ""},
		{Config{ServiceAccount: "build:agent"}, ""},
		{Config{FederatedSubject: "-"}, "AADSTS70025"},
		{Config{FederatedCredentials: []FederatedCredential{{Name: "github"}}}, "AADSTS700211"},
		{Config{FederatedCredentials: []FederatedCredential{{}, {Issuer: Cluster, Subject: "system:serviceaccount:ci:other"}}}, "AADSTS700213"},
		{Config{FederatedCredentials: []FederatedCredential{{Issuer: Cluster, Subject: "system:serviceaccount:CI:runner"}}}, "AADSTS7002138"},
		{Config{FederatedCredentials: []FederatedCredential{{Issuer: Cluster, Audience: "api://other"}}}, "AADSTS700212"},
		{Config{FederatedCredentials: []FederatedCredential{{Issuer: Cluster, Audience: "api://other"}, {Issuer: Cluster}}}, ""},
	} {
		e := fresh(t, c.cfg)
		srv := httptest.NewTLSServer(e)
		t.Cleanup(srv.Close)
		file := filepath.Join(t.TempDir(), "token")
		token, err := e.PodToken(srv.URL + "/")
		if err == nil {
			err = os.WriteFile(file, []byte(token), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		options := &azidentity.WorkloadIdentityCredentialOptions{ClientID: DefaultClient, TenantID: DefaultTenant, TokenFilePath: file, DisableInstanceDiscovery: true}
		options.Cloud, options.Transport = cloud.Configuration{ActiveDirectoryAuthorityHost: srv.URL}, srv.Client()
		cred, err := azidentity.NewWorkloadIdentityCredential(options)
		if err != nil {
			t.Fatal(err)
		}
		if err := use(t, e, cred); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.cfg.FederatedCredentials, err)
		}
	}
}

// The cluster is an issuer like any other, with a key of its own.
func TestCluster(t *testing.T) {
	t.Parallel()
	e, address := listen(t, Config{})
	token, err := e.PodToken(address)
	if err != nil {
		t.Fatal(err)
	}
	_, body := ask(t, "GET", address+clusterPath+".well-known/openid-configuration", "")
	metadata := decode[map[string]any](t, body)
	c := verified(t, metadata["jwks_uri"].(string), token)
	if c["iss"] != metadata["issuer"] || c["iss"] != address+"/_cluster/" || c["sub"] != "system:serviceaccount:ci:runner" {
		t.Errorf("%v", c)
	}
	forged := claims{"iss": address + clusterPath, "sub": c["sub"], "aud": DefaultAudience, "exp": c["exp"]}
	signed, err := sign(e.github, forged)
	if err != nil {
		t.Fatal(err)
	}
	_, body = post(t, address+tokenPath, exchangeForm(signed, nil))
	checkRefusal(t, body, 700027)
}

// Several credentials stand side by side, as they may come from a file.
func TestFederatedCredentials(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"federated-credentials: []":                                  70025,
		"federated-credentials: [{name: x, issuer: https://a.test}]": 700211,
		"federated-credentials: [{name: x, subject: 'repo:octo-org/octo-repo:pull_request'}, {name: y, subject: 'repo:octo-org/octo-repo:ref:refs/heads/main'}]": 0,
		"federated-credentials: [{name: x, subject: 'repo:octo-org/octo-repo:pull_request'}, {name: y, subject: 'repo:octo-org/octo-repo:environment:e'}]":       700213,
		"federated-credentials: [{name: x, subject: 'repo:Octo-org/octo-repo:ref:refs/heads/main'}, {name: y, subject: z}]":                                      7002138,
		"federated-credentials: [{name: x, audience: 'api://AzureADTokenExchangeUSGov'}]":                                                                        700212,
	} {
		cfg, err := readResource(text)
		if err != nil {
			t.Fatal(err)
		}
		_, address := listen(t, cfg)
		status, body := post(t, address+tokenPath, exchangeForm(askIDToken(t, address, DefaultAudience), nil))
		if want == 0 && status != 200 {
			t.Errorf("%s: %d %s", text, status, body)
		} else if want != 0 {
			checkRefusal(t, body, want)
		}
	}
}

// A token of Entra itself is no assertion.
func TestFederatedTwice(t *testing.T) {
	t.Parallel()
	e, address := listen(t, Config{})
	token, err := sign(e.entra, e.accessClaims(DefaultAudience, strings.Replace(address, "http:", "https:", 1)+"/"+DefaultTenant+"/v2.0"))
	if err != nil {
		t.Fatal(err)
	}
	_, body := post(t, address+tokenPath, exchangeForm(token, nil))
	checkRefusal(t, body, 700222)
}

func TestEntraDiscoveryFaults(t *testing.T) {
	t.Parallel()
	e, address := listen(t, Config{})
	for code, want := range map[string]int{
		"500": 500, "503": 503, "429": 429, "empty": 200, "garbage": 200, "redirect": 307, "AADSTS90002": 400, "AADSTS90038": 400, "AADSTS900382": 400,
	} {
		fail(t, e, "entra", code+"-discovery")
		if status, body := ask(t, "GET", fmt.Sprintf("%s/%s/v2.0/.well-known/openid-configuration", address, DefaultTenant), ""); status != want || strings.Contains(body, "token_endpoint") {
			t.Errorf("%s: %d %s", code, status, body)
		}
	}
}
