package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/keyless-inference/action/migration/rule"
)

// A page is the page of one rule in docs/rules.
type page struct {
	rule.Rule
	bad, good string // golden files below migration/testdata; "" for a rule that is about none
}

// TestEveryRuleHasAPage compares the pages in docs/rules, and the table of the
// rules in docs/check.md, with the rules and the golden files that are their
// examples. go test . -update rewrites them.
func TestEveryRuleHasAPage(t *testing.T) {
	t.Parallel()
	files := examples(t)
	want := map[string]bool{}
	for _, r := range rule.All() {
		p := page{Rule: r, bad: files[r.ID][0], good: files[r.ID][1]}
		p.checkExamples(t)
		name := "docs/rules/" + r.ID + ".md"
		want[filepath.FromSlash(name)] = true
		whole(t, name, p.text(t))
	}
	written, err := filepath.Glob("docs/rules/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range written {
		if !want[name] {
			t.Errorf("%s is the page of no rule", name)
		}
	}
	block{"docs/check.md", "<!-- rules: written by go test . -update -->\n", "<!-- end of rules -->", ruleTable()}.check(t)
}

// whole compares all of a file.
func whole(t *testing.T, name, want string) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	switch {
	case string(got) == want:
	case *update:
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s does not match the rule and its examples (go test . -update rewrites it)", name)
	}
}

const goldens = "migration/testdata/"

// examples are the golden files of pages.txt, the bad and the good one, by rule.
func examples(t *testing.T) map[string][2]string {
	t.Helper()
	all := map[string][2]string{}
	for line := range strings.Lines(golden(t, "pages.txt")) {
		words := strings.Fields(line)
		if words[0] == "#" {
			continue
		}
		if len(words) != 3 {
			t.Fatalf("pages.txt: %q", line)
		}
		all[words[0]] = [2]string{words[1], words[2]}
	}
	return all
}

func golden(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(goldens + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// checkExamples wants the rule in the bad example, and nothing in the good one.
func (p page) checkExamples(t *testing.T) {
	t.Helper()
	if (p.bad == "") != (reported[p.ID] != "") {
		t.Errorf("%s takes either a line in pages.txt or one in reported", p.ID)
	}
	if p.bad == "" {
		return
	}
	if len(p.lines(t)) == 0 {
		t.Errorf("%s is not found in %s", p.ID, p.bad)
	}
	if !strings.HasPrefix(p.good, "silent/") && p.good != p.bad+".fixed" {
		t.Errorf("%s: %s is no good example", p.ID, p.good)
	}
}

// lines are those of the bad example that have the rule.
func (p page) lines(t *testing.T) (all []string) {
	t.Helper()
	for line := range strings.Lines(golden(t, p.bad+".want")) {
		if words := strings.Fields(line); words[1] == p.ID && !slices.Contains(all, words[0]) {
			all = append(all, words[0])
		}
	}
	return all
}

// reported are the examples of rules that are about no file: what the check says,
// and what mends it.
var reported = map[string]string{
	"KL001": "secrets of the repository: AZURE_OPENAI_API_KEY: error: AZURE_OPENAI_API_KEY among the secrets of the repository has the name of a key (updated 2026-01-02) [KL001]\n    fix: gh secret delete AZURE_OPENAI_API_KEY --repo octo-org/octo-repo\n",
	"KL002": "variables of the repository: AZURE_OPENAI_KEY: error: AZURE_OPENAI_KEY among the variables of the repository has the name of a key (updated 2026-01-02) [KL002]\n    fix: gh variable delete AZURE_OPENAI_KEY --repo octo-org/octo-repo; and regenerate the key: whoever sees variables or logs has it\n",
	"KL201": "environment variable OPENAI_API_KEY: error: the environment variable OPENAI_API_KEY has the name of a key [KL201]\n    fix: remove OPENAI_API_KEY from env: in the workflow (or from the runner's own environment), and regenerate the key\n",
	"KL404": "commit 1c8e5a0: config.py: error: Azure key 4fKq… (0a1b2c3d) in config.py, first in commit 1c8e5a0 of 2025-11-03 by Mona [KL404]\n    fix: Regenerate the key: taking it out of the history doesn't make it secret again.\n",
	"KL601": "account contoso: error: the account contoso takes keys: disableLocalAuth is not true [KL601]\n    fix: az resource update --ids " + contoso + " --set properties.disableLocalAuth=true\n",
	"KL602": "role Contributor at the resource group ai: warning: the role Contributor holds for all of the resource group ai, not only for the account contoso [KL602]\n    fix: az role assignment create --assignee-object-id ID --assignee-principal-type ServicePrincipal --role 'Cognitive Services OpenAI User' --scope " + contoso + " && az role assignment delete --assignee ID --role Contributor --scope /subscriptions/…/resourceGroups/ai\n",
	"KL603": "role Contributor at the resource group ai: error: with the role Contributor at the resource group ai the identity may list or regenerate the keys of the account contoso [KL603]\n    fix: az role assignment create --assignee-object-id ID --assignee-principal-type ServicePrincipal --role 'Cognitive Services OpenAI User' --scope " + contoso + " && az role assignment delete --assignee ID --role Contributor --scope /subscriptions/…/resourceGroups/ai\n",
	"KL604": "account contoso: error: the account contoso has no custom subdomain, so it takes no Entra tokens [KL604]\n    fix: az cognitiveservices account update --subscription … --resource-group ai --name contoso --custom-domain contoso\n",
	"KL605": "activity log of the account contoso: warning: the keys of the account contoso were listed in the last 90 days: 1 time, the last on 2026-01-02, by a person [KL605]\n",
	"KL801": "chat.py:3:45: error: keyless:allow gives no reason, so it allows nothing [KL801]\n    fix: Write keyless:allow RULE until=YYYY-MM-DD reason=…, or mend the finding.\n",
}

const contoso = "/subscriptions/…/resourceGroups/ai/providers/Microsoft.CognitiveServices/accounts/contoso"

// languages are what a block of Markdown is called, by the ending of a file.
var languages = map[string]string{
	".yml": "yaml", ".yaml": "yaml", ".py": "python", ".rb": "ruby", ".tf": "hcl", ".el": "lisp", ".js": "javascript",
	".ts": "typescript", ".go": "go", ".sh": "sh", ".bicep": "bicep", ".json": "json", ".cs": "csharp",
}

// text is the page.
func (p page) text(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# %s: %s\n\n**%s.** %s\n\n**What to do.** %s\n\n", p.ID, p.Name, title(p.Severity.String()), p.Reason, p.Fix)
	if p.bad == "" {
		fmt.Fprintf(&b, "## What the check says\n\n```text\n%s```\n\n", reported[p.ID])
	} else {
		lines := p.lines(t)
		fmt.Fprintf(&b, "## Found\n\n`%s`, line%s %s:\n\n%s", pathOf(p.bad), strings.Repeat("s", min(len(lines)-1, 1)), strings.Join(lines, ", "), fenced(t, p.bad))
		fmt.Fprintf(&b, "## Not found\n\n`%s`:\n\n%s", pathOf(p.good), fenced(t, p.good))
	}
	b.WriteString("## To allow it\n\n" + p.allowing() + "\nAll rules are in [docs/check.md](../check.md#rules).\n")
	return b.String()
}

// title begins a word with a capital letter.
func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// pathOf is the path that the check sees of a golden file: that below its group.
func pathOf(name string) string {
	return strings.TrimSuffix(strings.SplitN(name, "/", 3)[2], ".fixed")
}

// fenced is a golden file as a block of Markdown.
func fenced(t *testing.T, name string) string {
	text := golden(t, name)
	note := ""
	if strings.Contains(text, "«") {
		note = "A word in «» stands for characters that look like a key, which no file of this repository may have.\n\n"
	}
	return note + "```" + languages[path.Ext(pathOf(name))] + "\n" + strings.TrimRight(text, "\n") + "\n```\n\n"
}

// allowing says how a finding of the rule is allowed.
func (p page) allowing() string {
	switch {
	case p.ID == "KL801":
		return "It can't be allowed in a comment: give the reason, and a later date or none.\n\n```python\n" +
			"key = read()  # keyless:allow KL302 until=2027-01-31 reason=the old region has no Entra yet\n```\n"
	case p.ID == "KL404":
		return "It is in no file of the checkout, so no comment can. A line in `.keylessignore` in the root of the repository does, " +
			"with the path that the file had:\n\n```text\nsamples/** KL404\n```\n\n" +
			"A [baseline](../check.md#ignoring) allows what is there now, and nothing else.\n"
	case p.bad == "":
		return "It is in no file, so no comment can. A line in `.keylessignore` in the root of the repository does:\n\n```text\n" + p.ID + "\n```\n\n" +
			"It allows the rule everywhere. A [baseline](../check.md#ignoring) allows what is there now, and nothing else.\n"
	}
	return "In a comment on its line, or alone on the line above, with the reason and the last day on which it holds:\n\n```text\n" +
		"keyless:allow " + p.ID + " until=2027-01-31 reason=…\n```\n\n" +
		"Or in `.keylessignore` in the root of the repository, for some files:\n\n```text\nsamples/** " + p.ID + "\n```\n"
}

func ruleTable() string {
	var b strings.Builder
	b.WriteString("\n| rule | severity | what it finds |\n| --- | --- | --- |\n")
	for _, r := range rule.All() {
		fmt.Fprintf(&b, "| [%s](rules/%s.md) | %s | **%s.** %s |\n", r.ID, r.ID, r.Severity, cell(r.Name), cell(r.Reason))
	}
	return b.String() + "\n"
}
