package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/keyless-inference/action/wire"
)

// refusedWith is the error of an exchange of a token with subject sub that
// Entra refuses with code.
func refusedWith(t *testing.T, code int, assertion string) error {
	t.Helper()
	c, _ := credential(t, serve(denied(400, code, "invalid_request")), func(cfg *Config) {
		cfg.IDToken = (&constant{assertion}).IDToken
	})
	_, err := c.GetToken(t.Context(), scope)
	return err
}

// Every code has its own explanation, and every one is filled in completely.
func TestExplanations(t *testing.T) {
	t.Parallel()
	create := "az ad app federated-credential create --id '" + testClient + "'"
	words := map[int][]string{
		70025:   {"no federated credential", create, "az identity federated-credential create"},
		700213:  {"has the subject \"" + testSubject + "\"", testIssuer, DefaultAudience, "names no environment", create},
		7002138: {"letter case", "az ad app federated-credential update", "delete that credential", create},
		700211:  {"has the issuer \"" + testIssuer + "\"", "slash", create},
		700212:  {"has the audience \"" + DefaultAudience + "\"", "inputs audience and environment", create},
		70021:   {testIssuer, testSubject, DefaultAudience, "wait some minutes", create},
		700016:  {testClient, testTenant, "az ad sp show --id " + testClient, "az ad sp create --id " + testClient},
		90002:   {testTenant, "https://login.microsoftonline.com", "az account show --query tenantId -o tsv"},
		900382:  {"another cloud", "azureusgovernment"},
		90038:   {"another cloud"},
		700024:  {"2023-11-14T22:13:20Z to 2023-11-14T22:18:20Z", "clock says 2000-01-01T00:00:00Z", "date -u"},
		50013:   {"cannot verify", testIssuer},
		500133:  {"outside its time of validity", "date -u"},
		50027:   {"cannot verify"},
		700027:  {"cannot verify"},
		501661:  {"cannot reach the issuer", "/_services/token/.well-known/jwks"},
		50166:   {"cannot reach the issuer"},
		90061:   {"cannot reach the issuer"},
		700223:  {"restricts federated credentials", "administrator"},
		700238:  {"restricts federated credentials"},
		7002381: {"enterprise"},
		700222:  {"Entra's own"},
		7000215: {"client secret", "unset AZURE_CLIENT_SECRET"},
		7000222: {"client secret"},
		7000218: {"client secret"},
		7000216: {"client secret"},
		900144:  {"is not the one that was sent", "https://login.microsoftonline.com"},
		70003:   {"is not the one that was sent"},
		7000112: {"disabled", "az ad sp update --id " + testClient + " --set accountEnabled=true"},
		70001:   {"disabled"},
		53003:   {"Conditional Access", "fixed address"},
		530032:  {"Conditional Access"},
		500011:  {"scope", "https://cognitiveservices.azure.com/.default"},
		650057:  {"scope"},
		70011:   {"scope"},
		1002012: {"scope"},
		50196:   {"loop"},
		90055:   {"busy"},
		90012:   {"busy"},
		90033:   {"busy"},
		50033:   {"busy"},
		100007:  {"regional", "unset AZURE_REGIONAL_AUTHORITY_NAME and MSAL_FORCE_REGION"},
	}
	for _, x := range explanations {
		for _, said := range x.says {
			if words[said.code] == nil {
				t.Errorf("no test for AADSTS%d", said.code)
			}
		}
	}
	assertion := jwt(t, testSubject, "iat", 1_700_000_000, "exp", 1_700_000_300)
	for code, want := range words {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { checkExplanation(t, refusedWith(t, code, assertion), code, want) })
		})
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func checkExplanation(t *testing.T, err error, code int, want []string) {
	t.Helper()
	var p *wire.Problem
	var r *Refusal
	if !errors.As(err, &p) || !errors.As(err, &r) || r.Code != code || r.Status != 400 || r.Name != "invalid_request" {
		t.Fatalf("%+v: %v", r, err)
	}
	if p.What == "" || p.Why == "" || p.Fix == "" || strings.Contains(p.What, "\n") {
		t.Errorf("a part is empty, or What has two lines: %+v", p)
	}
	if left := placeholder.FindString(err.Error() + p.Code); left != "" || !strings.HasPrefix(p.Page, "https://") {
		t.Errorf("%s is not filled in", left)
	}
	wantWords(t, err.Error(), append(want, fmt.Sprintf("AADSTS%d (invalid_request, HTTP 400)", code), "Entra's words: ", "Trace ID: t-1 Correlation ID: c-1")...)
	wantNoToken(t, err.Error())
}

func TestExplainUnknownCode(t *testing.T) {
	t.Parallel()
	err := refusedWith(t, 123456, jwt(t, testSubject))
	checkExplanation(t, err, 123456, []string{
		"Entra refused", "AADSTS123456: the reason.", testSubject, "https://login.microsoftonline.com/error?code=123456",
	})
}

func TestExplainUndecodableToken(t *testing.T) {
	t.Parallel()
	err := refusedWith(t, 700213, "not.a-token.at-all")
	wantWords(t, err.Error(), "cannot be decoded", "az ad app federated-credential list --id '"+testClient+"'")
}

// The Bicep of a problem has the claims of the token in it.
func TestDeclared(t *testing.T) {
	t.Parallel()
	var p *wire.Problem
	if err := refusedWith(t, 700213, jwt(t, testSubject)); !errors.As(err, &p) {
		t.Fatal(err)
	}
	wantWords(t, p.Code, "issuer: '"+testIssuer+"'\n", "subject: '"+testSubject+"'\n", "audiences: [\n      '"+DefaultAudience+"'\n    ]", "userAssignedIdentities/federatedIdentityCredentials@")
}

func TestBicepQuote(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                  "''",
		"repo:o/r:x":        "'repo:o/r:x'",
		`it's a \ and ${x}`: `'it\'s a \\ and \${x}'`,
		"$ {x} $":           "'$ {x} $'",
		"a\nb\u200bß":       `'a\u{a}b\u{200b}ß'`,
	}
	for s, want := range tests {
		if got := bicepQuote(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

// What is said of a token is said of that of a service account, too.
func TestExplainServiceAccount(t *testing.T) {
	t.Parallel()
	f := facts{client: testClient, whose: "the service account's token", decoded: true, claims: wire.Claims{
		Issuer: "https://oidc.example/1/", Subject: "system:serviceaccount:arc:runner", Audience: []string{DefaultAudience},
	}}
	for _, x := range explanations {
		if x.says[0].code == 7002381 { // about GitHub's enterprises
			continue
		}
		text := f.replacer(&Refusal{}).Replace(x.what + x.why + x.fix + x.declared)
		text = strings.NewReplacer("GitHub Enterprise Server", "", "github.com", "", "hosted by GitHub", "").Replace(text)
		if strings.Contains(text, "GitHub") || strings.Contains(text, "ACTIONS_") {
			t.Errorf("AADSTS%d speaks of GitHub: %s", x.says[0].code, text)
		}
	}
	wantWords(t, f.replacer(&Refusal{}).Replace("{received} {hint} {issuers} {source}"), "The service account's token has the issuer", `in the namespace "arc"`, "Each cluster", "AZURE_FEDERATED_TOKEN_FILE")
}

// The commands of a Fix are run by a real shell, with a stand-in for az that
// writes down its arguments, and must arrive unharmed whatever the claims are.
func TestCommandsSurviveTheShell(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh on this machine")
	}
	for _, subject := range []string{
		testSubject,
		"repo:o/r:environment:it's",
		"repo:o/r:environment:'; touch /tmp/x; '",
		"repo:o/r:environment:$(id)`id`$HOME\\\"*&<>|",
		"repo:o/r:environment:{client}{create}",
		"repo:o/r:environment:größe",
	} {
		f := facts{client: testClient, decoded: true, claims: wire.Claims{Issuer: testIssuer, Subject: subject, Audience: []string{DefaultAudience, "it's"}}}
		script := "az() { printf '%s\\0' \"$@\"; printf '\\n'; }\n" + f.create()
		out, err := exec.Command(sh, "-c", script).Output()
		if err != nil {
			t.Fatalf("%v in:\n%s", err, script)
		}
		lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if len(lines) != 2 {
			t.Fatalf("%d commands ran: %q", len(lines), lines)
		}
		checkApp(t, strings.Split(lines[0], "\x00"), subject)
		mi := strings.Split(lines[1], "\x00")
		for _, want := range [][2]string{{"--subject", subject}, {"--issuer", testIssuer}, {"--audiences", DefaultAudience}} {
			if got := argument(mi, want[0]); got != want[1] {
				t.Errorf("%s is %q, want %q", want[0], got, want[1])
			}
		}
	}
}

func checkApp(t *testing.T, args []string, subject string) {
	t.Helper()
	var got struct {
		Name, Issuer, Subject string
		Audiences             []string
	}
	if err := json.Unmarshal([]byte(argument(args, "--parameters")), &got); err != nil {
		t.Fatalf("%v in %q", err, args)
	}
	if got.Subject != subject || got.Issuer != testIssuer || len(got.Audiences) != 2 || got.Audiences[1] != "it's" {
		t.Errorf("got %+v", got)
	}
	if strings.ContainsAny(subject, "&<>") && strings.Contains(argument(args, "--parameters"), `\u00`) {
		t.Errorf("hard to read: %q", args)
	}
	if !regexp.MustCompile(`^gha-[0-9a-f]{8}$`).MatchString(got.Name) {
		t.Errorf("name %q", got.Name)
	}
}

// argument is what follows name in args.
func argument(args []string, name string) string {
	for i, a := range args[:len(args)-1] {
		if a == name {
			return args[i+1]
		}
	}
	return ""
}

func TestCommandsWithControlCharacters(t *testing.T) {
	t.Parallel()
	f := facts{client: testClient, decoded: true, claims: wire.Claims{Issuer: testIssuer, Subject: "repo:o/r:environment:a\x1b[2Jb\nc"}}
	text := f.create() + f.received()
	wantWords(t, text, `\u001b[2Jb\nc`, "use the portal")
	if strings.ContainsAny(text, "\x1b") {
		t.Errorf("a control character is in %q", text)
	}
}

func TestParseRefusal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body string
		want Refusal
	}{
		{
			`{"error":"invalid_client","error_description":"AADSTS700213: no.\r\nTrace ID: t","error_codes":[700213,7],"trace_id":"t","correlation_id":"c"}`,
			Refusal{400, "invalid_client", 700213, "AADSTS700213: no. Trace ID: t", "t", "c"},
		},
		{`{"error":"invalid_client","error_description":"AADSTS70025: no"}`, Refusal{400, "invalid_client", 70025, "AADSTS70025: no", "", ""}},
		{`{"error":{"code":"x"},"error_description":"AADSTS5: no","error_codes":"5"}`, Refusal{400, "", 5, "AADSTS5: no", "", ""}},
		{`{"error_codes":[-3],"error_description":"see eyJhbGci.eyJz.c2ln"}`, Refusal{400, "", 0, "see [token]", "", ""}},
		{`[]`, Refusal{Status: 400}},
		{`no AADSTS5 here`, Refusal{Status: 400, Description: "no AADSTS5 here"}},
		{``, Refusal{Status: 400}},
	}
	for _, tt := range tests {
		if got := parseRefusal(400, []byte(tt.body)); *got != tt.want {
			t.Errorf("%s:\ngot  %+v\nwant %+v", tt.body, *got, tt.want)
		}
	}
}

// What registers a token does not make an audience permanent that Entra refuses in
// this cloud.
func TestWrongAudience(t *testing.T) {
	t.Parallel()
	for authority, want := range map[string]string{"": DefaultAudience, "https://login.microsoftonline.us": "api://AzureADTokenExchangeUSGov"} {
		c, _ := credential(t, serve(denied(400, 700212, "invalid_request")), func(cfg *Config) {
			cfg.IDToken, cfg.Authority = (&constant{jwt(t, testSubject, "aud", "api://mistyped")}).IDToken, authority
		})
		_, err := c.GetToken(t.Context(), scope)
		p, ok := errors.AsType[*wire.Problem](err)
		if !ok {
			t.Fatal(err)
		}
		wantWords(t, p.Error(), `has the audience "api://mistyped"`, `this one wants "`+want+`"`, `"audiences":["`+want+`"]`, "--audiences '"+want+"'")
		wantWords(t, p.Code, "// with the audience of the cloud", "      '"+want+"'\n", "subject: '"+testSubject+"'")
		if strings.Contains(p.Fix+p.Code, "mistyped") {
			t.Errorf("it would be permanent:\n%s\n%s", p.Fix, p.Code)
		}
	}
	if code := (facts{}).credentialForCloud(); code != "" {
		t.Errorf("of nothing it declares %q", code)
	}
}

// The commands for a managed identity find it by its client id, and hold nothing that
// is none.
func TestManagedIdentityIsFound(t *testing.T) {
	t.Parallel()
	f := facts{client: "AAAAAAAA-bbbb-4ccc-8ddd-eeeeeeeeeeee", decoded: true, claims: wire.Claims{Subject: "s", Issuer: "i"}}
	const find = `"$(az identity list --query "[?clientId=='aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'].`
	wantWords(t, f.create(), "--identity-name "+find+`name" --output tsv)"`, "--resource-group "+find+`resourceGroup" --output tsv)"`)
	f.client = "x' || '$(reboot)"
	if got := f.managed("create"); strings.Contains(got, "reboot") || !strings.Contains(got, "'CLIENT_ID'") {
		t.Error(got)
	}
}

func TestMissingApplicationIsDeclared(t *testing.T) {
	t.Parallel()
	p, _ := errors.AsType[*wire.Problem](refusedWith(t, 700016, jwt(t, testSubject)))
	wantWords(t, p.Code, "resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {\n  appId: '"+testClient+"'\n}")
}
