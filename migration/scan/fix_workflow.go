package scan

import (
	"bytes"
	"slices"
	"strings"
)

// fixInputs are the inputs by which azure/login gets a token without a secret,
// and where their values are kept: they are no secrets.
// https://github.com/Azure/login#login-with-openid-connect-oidc-recommended
var fixInputs = [...]string{"client-id: ${{ vars.AZURE_CLIENT_ID }}", "tenant-id: ${{ vars.AZURE_TENANT_ID }}", "subscription-id: ${{ vars.AZURE_SUBSCRIPTION_ID }}"}

// A fixJob is a job of a workflow while its keys are taken away.
type fixJob struct {
	*fixer
	*workflowReader
	job   *node
	steps *node
}

// fixWorkflow takes the keys out of the jobs of a workflow: azure/login signs in
// with the job's ID token, what asks GitHub Models' successor does so without a
// key, and programs find the credential that azure/login leaves to Azure's
// libraries. A workflow that others call stays: they must grant the ID token.
func fixWorkflow(f *fixer) {
	if strings.HasSuffix(strings.ToLower(f.name), ".md") || bytes.Contains(f.data, []byte("workflow_call")) {
		return
	}
	w := &workflowReader{text: f.text, root: yamlOutline(f.data), about: map[*node]bool{}, keys: map[*node]bool{}}
	jobs := w.root.child("jobs")
	if jobs == nil {
		return
	}
	for _, job := range jobs.kids {
		j := fixJob{f, w, job, job.child("steps")}
		if j.steps == nil || len(j.steps.kids) == 0 || !f.first(j.steps.keyStart) {
			continue
		}
		kept := len(f.edits)
		if !j.mend() || len(f.edits) > kept && !j.grant(len(jobs.kids)) {
			f.edits = f.edits[:kept]
		}
	}
}

// block reports whether a list's element starts a line of its own.
func (j *fixJob) block(step *node) bool {
	return step.item && step.keyEnd == step.keyStart+1 && j.fixer.data[step.keyStart] == '-' && len(step.kids) > 0
}

// mend rewrites a job's steps; false where one is not understood and the others
// need it.
func (j *fixJob) mend() bool {
	signedIn := false
	login := -1
	for _, step := range j.steps.kids {
		uses := strings.ToLower(j.workflowReader.at(step.child("uses")))
		switch {
		case !j.block(step):
			return false
		case strings.HasPrefix(uses, "azure/login@"):
			signedIn = true
			if !fixOldLogin.MatchString(uses) {
				j.login(step)
			}
		case strings.HasPrefix(uses, "actions/ai-inference@"):
			j.inference(step)
		case step.child("run") != nil && j.variables(step, step.child("env")):
			if !signedIn && login < 0 {
				login = step.place
			}
		}
	}
	if j.jobVariables() && !signedIn && login < 0 {
		login = slices.IndexFunc(j.steps.kids, j.runs)
	}
	return login < 0 || j.signIn(j.steps.kids[login])
}

// login gives azure/login its inputs in the place of a secret.
func (j *fixJob) login(step *node) {
	with := step.child("with")
	creds := with.child("creds")
	if creds == nil || with.child("client-id") != nil || !j.line(creds) {
		return
	}
	indent := j.indent(creds.keyStart)
	j.edit(creds.keyStart, j.valueEnd(creds), strings.Join(fixInputs[:], "\n"+indent))
}

// fixOldLogin are the versions that take nothing but a secret.
var fixOldLogin = pattern(`@v?1\.[0-3](?:\.|$)`)

// line reports whether a key and its value are all of one line.
func (j *fixJob) line(n *node) bool {
	end := j.lineEnd(n.keyStart)
	return !n.block && n.scalar() && n.start < n.end && n.end <= end && j.first(n.keyStart)
}

// valueEnd is behind a value that is on one line, with its quotes.
func (j *fixJob) valueEnd(n *node) int {
	end := n.end
	if end < len(j.fixer.data) && (j.fixer.data[end] == '"' || j.fixer.data[end] == '\'') {
		end++
	}
	return end
}

// fixInference are the inputs of actions/ai-inference that mean the same here.
var fixInference = set("prompt", "prompt-file", "input", "file_input", "system-prompt", "system-prompt-file", "model", "endpoint", "max-tokens", "max-completion-tokens", "temperature", "top-p", "custom-headers")

// inference puts this action in the place of one that sends a key.
func (j *fixJob) inference(step *node) {
	uses, with := step.child("uses"), step.child("with")
	key := with.child("token")
	if key == nil || !j.line(key) || uses.end > j.lineEnd(uses.keyStart) {
		return
	}
	if _, found := j.matched(key.keyStart, key.end, "KL105"); !found {
		return
	}
	for _, n := range with.kids {
		if n != key && !fixInference[strings.ToLower(n.key)] {
			return
		}
	}
	inputs := slices.Clone(fixInputs[:2])
	if with.child("endpoint") == nil {
		inputs = append(inputs, "endpoint: ${{ vars.AZURE_OPENAI_ENDPOINT }}")
	}
	// A comment behind names the version of the commit that was used.
	line := j.lineStart(uses.keyStart) + len(bytes.TrimRight(j.fixer.data[j.lineStart(uses.keyStart):j.lineEnd(uses.keyStart)], " \t\r\n"))
	j.edit(uses.start, max(line, uses.end), "keyless-inference/action@v1")
	j.edit(key.keyStart, j.valueEnd(key), strings.Join(inputs, "\n"+j.indent(key.keyStart)))
}

// fixPrograms are commands that run programs with Azure's libraries; what else
// there is may send the key by itself.
var fixPrograms = pattern(`(?m)(?:^|[\s;&|(/])(?:python3?|pytest|uv|poetry|pipenv|tox|nox|node|npm|npx|pnpm|yarn|bun|tsx|vitest|jest|go|dotnet|java|mvn|gradle|gradlew)(?:\s|$)`)

// runs reports whether a step runs a program that may find a credential.
func (j *fixJob) runs(step *node) bool {
	return fixPrograms.MatchString(j.workflowReader.at(step.child("run")))
}

// variable reports whether a variable gives a program the key of Azure OpenAI,
// or the secret of an identity that gets tokens.
func (j *fixJob) variable(n *node) bool {
	up := strings.ToUpper(n.key)
	named := KeyName(n.key) && (strings.Contains(up, "AZURE") || strings.Contains(up, "AOAI")) || up == "AZURE_CLIENT_SECRET"
	_, found := j.matched(n.keyStart, n.end, "KL101", "KL104")
	return named && found && j.line(n) && refers(j.workflowReader.at(n))
}

// variables takes keys out of a step's environment, if the step runs a program
// on the runner itself and doesn't use them in its commands.
func (j *fixJob) variables(step, env *node) bool {
	run := j.workflowReader.at(step.child("run"))
	return j.runs(step) && j.onRunner() && !strings.Contains(run, "docker") && j.take(env, run)
}

// onRunner reports whether a job's steps find what azure/login leaves.
func (j *fixJob) onRunner() bool {
	on := j.job.child("runs-on")
	if on == nil || j.job.child("container") != nil {
		return false
	}
	return !strings.Contains(string(j.fixer.data[on.keyStart:max(on.last(), on.keyEnd)]), "self-hosted")
}

// take takes keys out of an environment that the commands don't name.
func (j *fixJob) take(env *node, commands string) bool {
	if env == nil || len(env.kids) == 0 || !j.first(env.keyStart) {
		return false
	}
	var keys []*node
	for _, n := range env.kids {
		switch {
		case j.variable(n) && !strings.Contains(commands, n.key):
			keys = append(keys, n)
		case KeyName(n.key): // a program that takes others, too, isn't known well enough
			return false
		}
	}
	if len(keys) == len(env.kids) {
		last := keys[len(keys)-1]
		j.edit(j.lineStart(env.keyStart), j.lineEnd(last.end), "")
		return true
	}
	for _, n := range keys {
		j.edit(j.lineStart(n.keyStart), j.lineEnd(n.end), "")
	}
	return len(keys) > 0
}

// jobVariables takes keys out of a job's environment, if all that runs in it is
// known.
func (j *fixJob) jobVariables() bool {
	env := j.job.child("env")
	if env == nil || !j.onRunner() || !slices.ContainsFunc(j.steps.kids, j.runs) {
		return false
	}
	all := string(j.fixer.data[j.steps.keyStart:j.steps.last()])
	for _, step := range j.steps.kids {
		if uses := step.child("uses"); uses != nil && !fixKnownAction(j.workflowReader.at(uses)) {
			return false
		}
	}
	return !strings.Contains(all, "docker") && j.take(env, all)
}

// fixKnownAction reports whether an action neither reads keys from its
// environment nor needs more of GitHub's token than to read the repository.
func fixKnownAction(uses string) bool {
	low := strings.ToLower(uses)
	for _, prefix := range [...]string{"actions/checkout@", "actions/setup-", "actions/cache@", "actions/upload-artifact@", "actions/download-artifact@", "actions/ai-inference@", "azure/", "astral-sh/setup-uv@", "pnpm/action-setup@", "oven-sh/setup-bun@", "hashicorp/setup-terraform@", "keyless-inference/action"} {
		if strings.HasPrefix(low, prefix) {
			return true
		}
	}
	return false
}

// signIn puts azure/login before a step, under the step's own condition.
func (j *fixJob) signIn(step *node) bool {
	dash := j.indent(step.keyStart)
	column := max(2, step.kids[0].keyStart-step.keyStart)
	inner := dash + strings.Repeat(" ", column)
	text := dash + "-" + strings.Repeat(" ", column-1) + "name: Sign in to Azure\n"
	if condition := step.child("if"); condition != nil {
		if condition.block || condition.end > j.lineEnd(condition.keyStart) {
			return false
		}
		text += inner + strings.TrimSpace(string(j.fixer.data[condition.keyStart:j.lineEnd(condition.keyStart)])) + "\n"
	}
	text += inner + "uses: azure/login@v2\n" + inner + "with:\n" + inner + "  " + strings.Join(fixInputs[:], "\n"+inner+"  ") + "\n"
	at := j.lineStart(step.keyStart)
	for at > 0 { // its comments stay with the step
		above := j.lineStart(at - 1)
		if line := strings.TrimSpace(string(j.fixer.data[above:at])); !strings.HasPrefix(line, "#") || j.indent(above) != dash {
			break
		}
		at = above
	}
	j.edit(at, at, text)
	return true
}
