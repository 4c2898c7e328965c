package scan

import (
	"bytes"
	"slices"
	"strings"
)

// A contextReference is a secret, variable, input or output that an expression takes.
type contextReference struct {
	name
	context string // secrets, vars, env, inputs, outputs
}

var (
	contextName = pattern(`(?i)\b(secrets|vars|env|inputs|outputs)\s*(?:\.\s*([a-z_][\w-]*)|\[\s*['"]([^'"\]]+)['"]\s*\])`)
	allSecrets  = pattern(`(?i)tojson\(\s*secrets\s*\)`)
)

// refersTo are the references of the expressions in data[start:end].
// https://docs.github.com/actions/reference/workflows-and-actions/contexts
func (w *workflowReader) refersTo(start, end int) (all []contextReference) {
	w.eachExpression(start, end, func(from, to int) {
		for _, m := range contextName.FindAllSubmatchIndex(w.data[from:to], -1) {
			i, j := max(m[4], m[6]), max(m[5], m[7])
			all = append(all, contextReference{name{from + m[0], from + m[1], string(w.data[from+i : from+j])}, strings.ToLower(string(w.data[from+m[2] : from+m[3]]))})
		}
	})
	return all
}

// eachExpression calls do with the place of each ${{ expression }}.
func (w *workflowReader) eachExpression(start, end int, do func(from, to int)) {
	for i := start; ; {
		n := bytes.Index(w.data[i:end], []byte("${{"))
		if n < 0 {
			return
		}
		i += n + 3
		length := bytes.Index(w.data[i:end], []byte("}}"))
		if length < 0 {
			return
		}
		do(i, i+length)
		i += length
	}
}

// expressions reports the keys that a value's expressions take.
func (w *workflowReader) expressions(n *node) {
	for _, r := range w.refersTo(n.start, n.end) {
		stored := r.context == "secrets" || r.context == "vars"
		switch {
		case stored && signInName(r.text):
			w.add("KL104", r.start, r.end, r.context+"."+r.text)
		case KeyName(r.text) || stored && storedKey(r.text):
			w.add("KL101", r.start, r.end, r.context+"."+r.text)
		case stored && generalSecret(r.text) && w.near(n):
			w.add("KL102", r.start, r.end, r.context+"."+r.text)
		}
	}
	w.eachExpression(n.start, n.end, func(from, to int) {
		if m := allSecrets.FindIndex(w.data[from:to]); m != nil {
			w.add("KL103", from+m[0], from+m[1], "toJSON(secrets)")
		}
	})
}

// generalSecret reports whether a name says that a secret is a key, and not
// whose.
func generalSecret(name string) bool {
	key := false
	for _, w := range nameWords(name) {
		switch w = strings.TrimRight(w, "0123456789"); {
		case keyNouns[w]:
			key = true
		case w != "" && !generalWords[w]:
			return false
		}
	}
	return key
}

var generalWords = set("azure", "ai", "open", "llm", "model", "models", "service", "services", "endpoint", "my", "prod", "dev", "staging", "secret", "chat", "embedding", "embeddings", "inference", "eval", "evals", "project", "subscription", "resource", "account", "primary", "secondary", "api", "completion", "deployment", "eastus", "westus", "sweden", "repo", "ci")

// near reports whether the step that n is in, or the variables that it gets from
// its job and workflow, are about Azure OpenAI or OpenAI, and no other key is
// there that says so by its name.
func (w *workflowReader) near(n *node) bool {
	step := n.parent
	for step.parent != nil && !step.item && !strings.EqualFold(step.parent.key, "jobs") {
		step = step.parent
	}
	if w.keyed(step) {
		return false
	}
	if w.talks(step) {
		return true
	}
	for job := step.parent; job != nil; job = job.parent {
		if w.talks(job.child("env")) || strings.EqualFold(job.key, "steps") && slices.ContainsFunc(job.kids, w.installs) {
			return true
		}
	}
	return false
}

var installed = pattern(`install\b[^\n]*[\s"'](?:openai|azure-ai-(?:inference|openai)|@azure/openai)\b`)

// installs reports whether a step installs a library of Azure OpenAI or OpenAI
// for those behind it.
func (w *workflowReader) installs(step *node) bool {
	run := step.child("run")
	return run != nil && run.end-run.start < 20000 && installed.Match(w.data[run.start:run.end])
}

// keyed reports whether a step takes a key that has the name of one.
func (w *workflowReader) keyed(step *node) bool {
	if keyed, ok := w.keys[step]; ok {
		return keyed
	}
	w.keys[step] = slices.ContainsFunc(w.refersTo(firstByte(step), step.last()), func(r contextReference) bool { return KeyName(r.text) })
	return w.keys[step]
}

// firstByte is where a node starts.
func firstByte(n *node) int {
	if n.parent == nil {
		return 0
	}
	return n.keyStart
}
