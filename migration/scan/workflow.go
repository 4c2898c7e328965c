package scan

import (
	"bytes"
	"path"
	"strings"

	"github.com/keyless-inference/action/migration/rule"
)

// actionsWorkflow looks at a workflow of GitHub Actions, an action.yml, or the
// front matter of an agentic workflow in Markdown.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
func actionsWorkflow(t *text) {
	data := t.data
	if strings.HasSuffix(strings.ToLower(t.name), ".md") && t.depth == 0 { // deeper it is one that a document shows
		end := bytes.Index(data, []byte("\n---"))
		if !hasPrefix(data, "---") || end < 0 {
			t.within("document.md", 0, len(data))
			return
		}
		data = data[:end+1]
	}
	w := workflowReader{text: t, root: yamlOutline(data), about: map[*node]bool{}, keys: map[*node]bool{}}
	w.declarations()
	w.root.walk(w.visit)
}

// A workflowReader looks at one workflow.
type workflowReader struct {
	*text
	root  *node
	about map[*node]bool // what talks has found
	keys  map[*node]bool // and keyed
}

// visit looks at one value of the workflow, by what it stands under.
func (w *workflowReader) visit(n *node) {
	if !n.scalar() || n.parent == nil {
		return
	}
	key, over := strings.ToLower(n.key), strings.ToLower(n.parent.key)
	switch {
	case key == "if", n.under("workflow_call"), n.under("workflow_dispatch"), over == "permissions":
	case over == "with":
		w.input(n)
	case over == "env", over == "secrets":
		w.variable(n)
	case key == "secrets" && strings.EqualFold(w.at(n), "inherit"):
		w.inherited(n)
	case key == "run":
		w.within(w.shell(n), n.start, n.end)
		w.expressions(n)
	default:
		w.expressions(n)
	}
}

// declarations finds the inputs and secrets that the workflow or action asks for.
func (w *workflowReader) declarations() {
	call := w.root.path("on", "workflow_call")
	w.declared(w.root.child("inputs"), "KL105")
	w.declared(call.child("inputs"), "KL105")
	w.declared(w.root.path("on", "workflow_dispatch", "inputs"), "KL105")
	w.declared(call.child("secrets"), "KL101")
}

func (w *workflowReader) declared(group *node, id string) {
	if group == nil {
		return
	}
	for _, n := range group.kids {
		about := strings.ToLower(w.at(n.child("description")))
		if n.child("deprecationMessage") == nil && (KeyName(n.key) || generalKey(n.key) && strings.Contains(about, "openai") && !strings.Contains(about, "compatible")) {
			w.report(Match{Rule: id, Severity: rule.Warning, Start: n.keyStart, End: n.keyEnd, What: n.key})
		}
	}
}

// variable looks at a variable that is given a value, or a secret that a called
// workflow is given.
func (w *workflowReader) variable(n *node) {
	value := w.at(n)
	low := strings.ToLower(value)
	switch {
	case signInName(n.key) && low != "":
		w.add("KL104", n.keyStart, n.keyEnd, n.key)
	case !settingKey(n):
		w.expressions(n)
	case low == "", notWanted(low), refers(value) && foreign(value), w.pointedElsewhere(n) && !w.holdsKey(value):
	case !placeholder(value) && keyLike(value):
		w.report(Match{Rule: "KL405", Start: n.keyStart, End: n.keyEnd, What: n.key, Key: NewKey(value)})
	default:
		w.add("KL101", n.keyStart, n.keyEnd, n.key)
	}
}

// signInName reports whether a variable or secret is one that signs in to Azure.
func signInName(name string) bool {
	up := strings.ToUpper(name)
	return strings.Contains(up, "AZURE_CREDENTIALS") || strings.Contains(up, "AZURE_CLIENT_SECRET") || strings.Contains(up, "ARM_CLIENT_SECRET") || up == "AZURE_SP_CREDENTIALS" || up == "AZURE_SP_PASSWORD"
}

// input looks at an input of an action, or of a called workflow.
func (w *workflowReader) input(n *node) {
	action, value := strings.ToLower(w.at(n.mapping().parent.child("uses"))), w.at(n)
	key := strings.ToLower(n.key)
	if as := inputScripts[key]; as != "" && n.end > n.start {
		if strings.HasPrefix(action, "actions/github-script") {
			as = "script.js"
		} else if strings.HasPrefix(action, "azure/powershell") {
			as = "script.ps1"
		}
		w.within(as, n.start, n.end)
	}
	switch {
	case key == "creds" && strings.HasPrefix(action, "azure/") && value != "":
		w.add("KL104", n.keyStart, n.keyEnd, "creds")
	case w.keyInput(n, action, value):
		w.add("KL105", n.keyStart, n.keyEnd, n.key)
	case key == "envs" && w.holdsKey(value):
		w.add("KL101", n.keyStart, n.keyEnd, n.key)
	default:
		if inputScripts[key] == "" {
			w.passed(n)
		}
		w.expressions(n)
	}
}

// passed finds NAME=value in an input that is a list of variables, for an image or
// a deployment.
func (w *workflowReader) passed(n *node) {
	for _, m := range passedName.FindAllSubmatchIndex(w.data[n.start:n.end], -1) {
		text := string(w.data[n.start+m[2] : n.start+m[3]])
		value := firstWord(string(w.data[n.start+m[3]+1 : min(n.end, n.start+m[3]+nearby)]))
		if KeyName(text) && value != "" && !notWanted(strings.ToLower(value)) && !foreign(value) {
			w.add("KL101", n.start+m[2], n.start+m[3], text)
		}
	}
}

var passedName = pattern(`(?:^|[\s,"'])([A-Z][A-Z0-9_]+)=`)

// inputScripts are inputs that are scripts, and what to take them for.
var inputScripts = map[string]string{"script": "script.sh", "inlinescript": "script.sh", "run": "script.sh", "command": "script.sh", "azpsscript": "script.ps1"}

// keyInputs are inputs with general names of actions that give them to Azure
// OpenAI or OpenAI. Inputs with the name of a key need no entry.
var keyInputs = map[string]string{
	"promptfoo/promptfoo-action": "azure-api-key",
	"appleboy/llm-action":        "api_key",
	"mattzcarey/shippie":         "api_key",
	"qodo-ai/pr-agent":           "api_key",
}

// keyInput reports whether an input of an action is a key of OpenAI's.
func (w *workflowReader) keyInput(n *node, action, value string) bool {
	low := strings.ToLower(value)
	if low == "" || notWanted(low) || refers(value) && foreign(value) || refers(value) && strings.Contains(low, "github.token") || w.pointedElsewhere(n) && !w.holdsKey(value) {
		return false
	}
	if KeyName(n.key) {
		return true
	}
	if !generalKey(n.key) && !strings.HasSuffix(strings.ToLower(n.key), "token") {
		return false
	}
	refs := w.refersTo(n.start, n.end)
	for _, r := range refs {
		if KeyName(r.text) {
			return true
		}
	}
	repo, _, _ := strings.Cut(action, "@")
	if keyInputs[repo] == strings.ToLower(n.key) {
		return true
	}
	return generalKey(n.key) && len(refs) > 0 && w.talks(n.mapping().parent)
}

var talk = pattern(`openai|\.cognitiveservices\.azure|\.services\.ai\.azure|aoai|\bgpt-\d`)

// talks reports whether a step, or another part of the workflow, is about Azure
// OpenAI or OpenAI.
func (w *workflowReader) talks(n *node) bool {
	if about, ok := w.about[n]; ok {
		return about
	}
	about := false
	see := func(n *node) {
		low := strings.ToLower(n.key)
		if n.end-n.start < 20000 {
			low += " " + strings.ToLower(w.at(n))
		}
		about = about || talk.MatchString(low) && !otherHostIn(low) && !strings.Contains(low, "compatible")
	}
	if n != nil {
		n.walk(see)
	}
	w.about[n] = about
	return about
}

// inherited looks at secrets: inherit, which matters where the called workflow is
// about models. What a workflow of the same repository is about, it says itself.
func (w *workflowReader) inherited(n *node) {
	uses := w.at(n.parent.child("uses"))
	called := strings.ToLower(uses + " " + n.parent.key + " " + w.at(n.parent.child("name")))
	m := Match{Rule: "KL103", Start: n.keyStart, End: n.end, What: "secrets: inherit"}
	if !aiWords.MatchString(called) && !w.talks(n.parent) {
		local, ok := strings.CutPrefix(uses, "./")
		if !ok {
			return
		}
		m.With = path.Clean(local)
	}
	w.report(m)
}

var aiWords = pattern(`openai|aoai|gpt|llm|(?:^|[^a-z])(?:ai|genai|rag|foundry|prompts?|inference|embeddings?)(?:[^a-z]|$)`)

// shell is the name of a file in the language of a step's run.
func (w *workflowReader) shell(n *node) string {
	job := n.parent
	for job != nil && job.parent != nil && !strings.EqualFold(job.parent.key, "jobs") {
		job = job.parent
	}
	for _, by := range []*node{n.parent.child("shell"), job.path("defaults", "run", "shell"), w.root.path("defaults", "run", "shell")} {
		switch said := strings.ToLower(w.at(by)); {
		case strings.HasPrefix(said, "python"):
			return "script.py"
		case strings.HasPrefix(said, "node"):
			return "script.js"
		case strings.HasPrefix(said, "pwsh"), strings.HasPrefix(said, "powershell"):
			return "script.ps1"
		case said != "":
			return "script.sh"
		}
	}
	if strings.Contains(strings.ToLower(w.at(job.child("runs-on"))), "windows") {
		return "script.ps1"
	}
	return "script.sh"
}
