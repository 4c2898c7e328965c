package setup

import (
	"bytes"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	goyaml "github.com/goccy/go-yaml"
)

func good() Plan {
	return Plan{
		Form: Form{Repository: "o/r"}, Refs: []Ref{{Branch, "main"}},
		Endpoint: "https://res.openai.azure.com", Deployment: "chat", Audience: "api://AzureADTokenExchange",
	}
}

// Every mistake is told at once, under the name of its flag.
func TestCheck(t *testing.T) {
	t.Parallel()
	many := make([]Ref, 21)
	for i := range many {
		many[i] = Ref{Branch, "b" + strconv.Itoa(i)}
	}
	for name, c := range map[string]struct {
		spoil func(*Plan)
		want  []string
	}{
		"right":             {func(*Plan) {}, nil},
		"twenty":            {func(p *Plan) { p.Refs = many[:20] }, nil},
		"too many":          {func(p *Plan) { p.Refs = many }, []string{"pull-request: an identity trusts 1 to 20 subjects, not 21"}},
		"nobody":            {func(p *Plan) { p.Refs = nil }, []string{"not 0"}},
		"twice":             {func(p *Plan) { p.Refs = []Ref{{Branch, "main"}, {Branch, "main"}} }, []string{"branch: branch main is named twice"}},
		"the same":          {func(p *Plan) { p.Form.Keys, p.Refs = []string{"repo"}, append(p.Refs, Ref{Tag, "v1"}) }, []string{"tag: tag v1 has the same subject as branch main, repo:o/r"}},
		"another cloud":     {func(p *Plan) { p.Cloud = "azureusgovernment" }, []string{"endpoint: res.openai.azure.com is in azurecloud, and this is for azureusgovernment: give --cloud azurecloud, or"}},
		"a government's":    {func(p *Plan) { p.Endpoint, p.Account, p.ResourceGroup = "https://r.services.ai.azure.us", "a1", "g" }, []string{"endpoint: r.services.ai.azure.us is in azureusgovernment, and this is for azurecloud: give --cloud azureusgovernment"}},
		"a gateway":         {func(p *Plan) { p.Endpoint = "https://gw.example.com/x"; p.Account = "a1" }, []string{"endpoint: gw.example.com"}},
		"a gateway, named":  {func(p *Plan) { p.Endpoint = "https://gw.example.com/x"; p.Account, p.ResourceGroup = "a1", "g" }, nil},
		"a strange label":   {func(p *Plan) { p.Endpoint = "https://a'b.openai.azure.com" }, []string{"endpoint: "}},
		"clear text":        {func(p *Plan) { p.Endpoint = "http://res.openai.azure.com" }, []string{"endpoint: "}},
		"a long subject":    {func(p *Plan) { p.Refs = []Ref{{Branch, strings.Repeat("a", 600)}} }, []string{"branch: the subject"}},
		"an unknown claim":  {func(p *Plan) { p.Form.Keys = []string{"actor"} }, []string{"branch: the subject of o/r's tokens is customized"}},
		"an issuer's slash": {func(p *Plan) { p.Issuer = "https://token.actions.githubusercontent.com/" }, []string{"issuer: "}},
		"no https":          {func(p *Plan) { p.Issuer = "http://x" }, []string{"issuer: "}},
		"words": {func(p *Plan) {
			p.Form.Repository, p.Identity, p.Role, p.Cloud, p.Name = "o r", "robot", "owner", "mars", "a b"
			p.Account, p.ResourceGroup, p.Subscription, p.Location, p.Deployment = "-", "g.", "mine", "$(id)", "a b"
			p.Endpoint, p.Audience = "", "a\nb"
		}, []string{"repository: ", "identity: ", "role: ", "cloud: ", "name: ", "account: ", "resource-group: ", "subscription-id: ", "location: ", "deployment: ", "endpoint: is required", "audience: "}},
	} {
		p := good()
		c.spoil(&p)
		err := p.Check()
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, without %q", name, err, want)
			}
		}
		if err != nil && c.want != nil && strings.Count(err.Error(), "\n")+1 != len(c.want) {
			t.Errorf("%s: %v", name, err)
		}
		var b bytes.Buffer
		if writes := p.Write(&b, "az"); (writes == nil) != (err == nil) || err != nil && b.Len() > 0 {
			t.Errorf("%s: writing says %v", name, writes)
		}
	}
	if err := good().Write(&bytes.Buffer{}, "pulumi"); err == nil || !strings.Contains(err.Error(), "az, bicep, terraform, powershell, workflow") {
		t.Error(err)
	}
}

// FuzzPlan: what passes the check can be written in every format; the script is
// one that bash reads, the workflow has the environment that was named, and each of
// its lines is a comment in Bicep.
func FuzzPlan(f *testing.F) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		f.Skip("there is no bash")
	}
	for _, s := range hostile {
		f.Add("main", s, "group", "chat", "account", "/path"+s)
		f.Add(s, "e", s, s, s, s)
	}
	f.Fuzz(func(t *testing.T, branch, environment, group, deployment, account, path string) {
		p := good()
		p.Refs = []Ref{{Branch, branch}, {Environment, environment}}
		p.ResourceGroup, p.Deployment, p.Account, p.Endpoint = group, deployment, account, p.Endpoint+path
		if p.Check() != nil {
			return
		}
		written := map[string]string{}
		for _, name := range Formats() {
			var b bytes.Buffer
			if err := p.Write(&b, name); err != nil {
				t.Fatal(err)
			}
			written[name] = b.String()
		}
		check := exec.Command(bash, "-n")
		check.Stdin = strings.NewReader(written["az"])
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s\n%s", err, out, written["az"])
		}
		var workflow struct {
			Jobs map[string]struct {
				Strategy struct {
					Matrix struct{ Environment []string }
				}
			}
		}
		err := goyaml.Unmarshal([]byte(written["workflow"]), &workflow)
		if got := workflow.Jobs["in-environment"].Strategy.Matrix.Environment; err != nil || len(got) != 1 || got[0] != environment {
			t.Errorf("%q became %q, %v", environment, got, err)
		}
		for line := range strings.Lines(written["workflow"]) {
			if line = strings.TrimRight("// "+line, " \n") + "\n"; !strings.Contains(written["bicep"], line) {
				t.Errorf("the file of Bicep has no line %q", line)
			}
		}
	})
}

func TestIssuerAt(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{
		"":                             "https://token.actions.githubusercontent.com",
		"https://github.com":           "https://token.actions.githubusercontent.com",
		"https://octo.ghe.com":         "https://token.actions.octo.ghe.com",
		"https://github.example.com":   "https://github.example.com/_services/token",
		"https://ghe.example.com:8443": "https://ghe.example.com:8443/_services/token",
	} {
		if got := IssuerAt(server); got != want {
			t.Errorf("%q: %q", server, got)
		}
	}
}

func TestPattern(t *testing.T) {
	t.Parallel()
	if got := pattern("a+b!c]d/v1.0"); got != `a\+b\!c\]d/v1.0` {
		t.Error(got)
	}
}
