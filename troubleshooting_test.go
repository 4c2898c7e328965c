package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// TestTroubleshooting compares docs/troubleshooting.md with the tables that
// refusals are explained from. go test . -update rewrites it.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	entra, github, modes := entries(oidc.Catalogue())
	var b strings.Builder
	b.WriteString(troubleshooting)
	for _, part := range []struct {
		title, words string
		all          []wire.Entry
	}{
		{"Microsoft Entra", "Each refusal has a number, of which some say nearly the same. The longest number is the most exact one.", entra},
		{"GitHub's token service", "Before Entra is asked, GitHub must state which job this is. These refusals have no numbers.", github},
		{"The other modes", "What keeps `auth: " + oidc.AzureCLI + "` and the like from a token before Entra is asked, or after. They stand here by the mode; " +
			"where the services say more, so does the program.", modes},
		{"Azure OpenAI", "The service tells apart by the HTTP status, the code and the message of an answer. They stand here by their status; " +
			"where several have one, the first that fits is meant.", sorted(inference.Catalogue())},
		{"Azure Resource Manager", "The control plane, which `keyless models`, `keyless check` and `keyless doctor` read. An inference call needs none of it.", account.Catalogue()},
	} {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", part.title, part.words)
		for _, e := range part.all {
			b.WriteString(section(e))
		}
	}
	whole(t, "docs/troubleshooting.md", b.String())
}

const troubleshooting = `# Troubleshooting

What the services say when they refuse, why, and what mends it. Search this page for the number or the words in the error, such as
` + "`AADSTS700213` or `PermissionDenied`" + `. ` + "`keyless doctor`" + ` finds the one that applies, and prints the same commands with your own subject,
issuer, client id and resource in them; so does any other command of the program when it is refused.

Words in angle brackets stand for values of yours, and words in capitals for what has to be filled in. Where a command looks for the
account by its subdomain, letter case counts: if it finds nothing, this shows how the names are written:

` + "```sh\naz cognitiveservices account list --query '[].[name,resourceGroup,id,properties.customSubDomainName]' --output table\n```" + `
`

// entries are Entra's, sorted, and those of GitHub and of the modes in their own order.
func entries(all []wire.Entry) (entra, github, modes []wire.Entry) {
	for _, e := range all {
		if strings.HasPrefix(e.Names[0], "GitHub") {
			github = append(github, e)
			continue
		}
		if slices.Contains(oidc.Modes(), e.Names[0]) {
			modes = append(modes, e)
			continue
		}
		slices.SortFunc(e.Names, byNumber)
		lines := strings.Split(e.Says, "\n")
		slices.SortFunc(lines, byNumber)
		e.Says = strings.Join(lines, "\n")
		entra = append(entra, e)
	}
	return sorted(entra), github, modes
}

// sorted puts the entries in the order of their numbers, those without one last.
func sorted(all []wire.Entry) []wire.Entry {
	slices.SortStableFunc(all, func(a, b wire.Entry) int { return byNumber(a.Names[0], b.Names[0]) })
	return all
}

func byNumber(a, b string) int { return number(a) - number(b) }

var digits = regexp.MustCompile(`^(?:AADSTS|HTTP )(\d+)(xx)?`)

// number is what an entry is sorted by: 499 of 4xx, which comes after all others that
// begin with 4.
func number(name string) int {
	m := digits.FindStringSubmatch(name)
	if m == nil {
		return 1 << 30
	}
	n, _ := strconv.Atoi(m[1]) // digits
	if m[2] != "" {
		n = n*100 + 99
	}
	return n
}

// section is one refusal.
func section(e wire.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n", prose(heading(e)))
	if e.Says != "" {
		fmt.Fprintf(&b, "```text\n%s\n```\n\n", e.Says)
	}
	if e.Why != "" && !repeated.MatchString(e.Why) {
		b.WriteString("**Why.** " + sentences(e.Why) + "\n\n")
	}
	b.WriteString("**What to do.** " + remedy(e.Fix))
	if e.Code != "" {
		language := "bicep"
		if workflow.MatchString(e.Code) {
			language = "yaml"
		}
		fmt.Fprintf(&b, "```%s\n%s\n```\n\n", language, strings.TrimRight(e.Code, "\n"))
	}
	if e.Page != "" {
		fmt.Fprintf(&b, "See <%s>.\n", e.Page)
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// workflow finds what is declared in a workflow, not in Bicep.
var workflow = regexp.MustCompile(`^(- uses|jobs|permissions|concurrency):`)

// repeated finds a reason that is the service's message and nothing else.
var repeated = regexp.MustCompile(`^(HTTP \d+[^<]*)?(<the (service|network|tool)'s words>)?$`)

// heading is the name of the refusal and what it is. Of GitHub's, either says
// enough; a mode stands in place of what it was doing.
func heading(e wire.Entry) string {
	name, ofGitHub := strings.CutPrefix(strings.Join(e.Names, ", "), "GitHub: ")
	switch {
	case slices.Contains(oidc.Modes(), name):
		_, what, _ := strings.Cut(e.What, ": ")
		return name + ": " + what
	case !ofGitHub:
		return name + ": " + e.What
	case strings.HasPrefix(name, "HTTP"):
		return name
	}
	_, what, _ := strings.Cut(e.What, ": ")
	return what
}

// remedy is a Fix with its commands in blocks.
func remedy(fix string) string {
	var b strings.Builder
	for i, step := range wire.Steps(fix) {
		if step.Language == "" {
			b.WriteString(sentences(step.Text) + "\n")
			continue
		}
		if i == 0 {
			b.WriteString("Run:\n")
		}
		fmt.Fprintf(&b, "\n```%s\n%s\n```\n\n", step.Language, step.Text)
	}
	return strings.TrimRight(b.String(), "\n") + "\n\n"
}

// sentences are lines of which each begins with a capital letter and ends as a
// sentence does. One that begins with a placeholder or code stays as it is.
func sentences(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if last := strings.TrimRight(line, ")"); !strings.HasSuffix(last, ":") && !strings.HasSuffix(last, ".") {
			line += "."
		}
		lines[i] = prose(title(line))
	}
	return strings.Join(lines, "\n")
}

// prose is text in which angle brackets are no HTML, outside of code.
func prose(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 {
		parts[i] = strings.ReplaceAll(parts[i], "<", "&lt;")
	}
	return strings.Join(parts, "`")
}

// The faults of the emulator, each with the entry that explains it: by the name of
// that of GitHub, by what is said of that of Azure OpenAI. Entra's have the names of
// the faults.
var explained = map[string]map[string]string{
	"github": {"403-pending": "GitHub: HTTP 403, too early"},
	"openai": {
		"408":                       "the service took too long",
		"409":                       "the service is busy with another request",
		"500":                       "the service failed",
		"no-capacity":               "the service has no room for a request of this size",
		"429":                       "the deployment's rate limit is used up",
		"unauthorized":              "the service does not accept the token",
		"unauthorized-ai":           "the service does not accept the token",
		"permission-denied":         "the identity has no role on the resource",
		"permission-denied-old":     "the identity has no role on the resource",
		"permission-denied-foundry": "the identity has no role on the Foundry resource",
		"subscription-key":          "the service asked for an API key",
		"cae":                       "the service does not accept the token, nor a newer one",
		"api-version":               "the service refuses an api-version on /openai/v1/",
		"tenant-mismatch":           "the token is from another tenant than the resource",
		"custom-subdomain":          "the resource has no subdomain of its own",
		"firewall":                  "the resource's firewall refuses this machine",
		"firewall-new":              "the resource's firewall refuses this machine",
		"private-endpoint":          "the resource is reachable from inside its network alone",
		"suspended":                 "Microsoft has suspended the resource",
		"key-disabled":              "something on the way added an API key",
		"deployment-not-found":      "the resource has no deployment of that name",
		"not-found":                 "the service has no such route",
		"content-filter":            "the content filter stopped the prompt",
		"context-length":            "the prompt is too long for the model",
	},
}

// TestTroubleshootingQuotesTheServices compares what the entries say with what the
// emulator answers, which was taken from other sources.
func TestTroubleshootingQuotesTheServices(t *testing.T) {
	t.Parallel()
	e, err := emulator.New(emulator.Config{})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(e)
	defer s.Close()
	quotes := quoting{e, s.URL}
	for _, entry := range append(oidc.Catalogue(), inference.Catalogue()...) {
		for _, name := range entry.Names {
			if strings.HasPrefix(name, "AADSTS") {
				quotes.check(t, "entra", name, lineOf(entry.Says, name))
			}
		}
		for service, faults := range explained {
			for fault, entryOf := range faults {
				if entry.What == entryOf && entry.Says != "" || entry.Names[0] == entryOf {
					quotes.check(t, service, fault, entry.Says)
				}
			}
		}
	}
}

// lineOf is the line of says that begins with name.
func lineOf(says, name string) string {
	for line := range strings.Lines(says) {
		if strings.HasPrefix(line, name+": ") {
			return strings.TrimSuffix(line, "\n")
		}
	}
	return "no line of " + name
}

type quoting struct {
	e   *emulator.Emulator
	url string
}

// check wants one of the wordings in the answer that is a fault.
func (q quoting) check(t *testing.T, service, fault, says string) {
	t.Helper()
	if err := q.e.Fault(service, fault); err != nil {
		t.Error(err)
		return
	}
	answer := q.ask(t, service)
	if !slices.ContainsFunc(strings.Split(says, "\n"), func(wording string) bool { return holds(answer, wording) }) {
		t.Errorf("%s %s: none of\n%s\nis in\n%s", service, fault, says, answer)
	}
}

var inBrackets = regexp.MustCompile(`<[^<>]+>`)

// holds reports whether the fixed words of a wording are in text, in their order.
func holds(text, wording string) bool {
	for _, words := range inBrackets.Split(wording, -1) {
		_, after, found := strings.Cut(text, words)
		if !found {
			return false
		}
		text = after
	}
	return true
}

// ask makes a request that meets the fault, and returns the header that matters and the body.
func (q quoting) ask(t *testing.T, service string) string {
	t.Helper()
	request := map[string]func() (*http.Response, error){
		"entra": func() (*http.Response, error) {
			return http.PostForm(q.url+"/"+emulator.DefaultTenant+"/oauth2/v2.0/token", url.Values{"client_id": {emulator.DefaultClient}})
		},
		"github": func() (*http.Response, error) { return http.Get(q.url + tokenPath(emulator.Config{}.Env(q.url))) },
		"openai": func() (*http.Response, error) {
			return http.Post(q.url+"/openai/v1/chat/completions", "application/json", strings.NewReader(`{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]}`))
		},
	}[service]
	r, err := request()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return "WWW-Authenticate: " + r.Header.Get("WWW-Authenticate") + "\n" + string(body)
}

// tokenPath is where the runner's token service is.
func tokenPath(env []string) string {
	for _, v := range env {
		if address, ok := strings.CutPrefix(v, "ACTIONS_ID_TOKEN_REQUEST_URL="); ok {
			if u, err := url.Parse(address); err == nil {
				return u.RequestURI()
			}
		}
	}
	return ""
}
