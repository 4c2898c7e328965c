package scan

import (
	"strings"
)

// grant lets a job get an ID token. Permissions that are listed get one more; a
// job of several gets its own list, so that the others don't get it. Where
// nothing is listed, a list takes all else away: it is made only for a job that
// visibly reads the repository and no more.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
func (j *fixJob) grant(jobs int) bool {
	if own := j.job.child("permissions"); own != nil {
		return j.extend(own)
	}
	shared := j.root.child("permissions")
	switch {
	case shared == nil:
		return j.modest() && j.list([]string{"contents: read", "id-token: write"})
	case jobs > 1 && len(shared.kids) == 0 && hasPrefix(j.fixer.data[shared.start:], "{}"):
		return j.list([]string{"id-token: write"})
	case jobs == 1 || len(shared.kids) == 0 || strings.EqualFold(j.workflowReader.at(shared.child("id-token")), "write"):
		return j.extend(shared)
	}
	var lines []string
	for _, n := range shared.kids {
		if !strings.EqualFold(n.key, "id-token") {
			lines = append(lines, n.key+": "+j.workflowReader.at(n))
		}
	}
	return j.list(append(lines, "id-token: write"))
}

// extend adds the permission to those that are listed.
func (j *fixJob) extend(list *node) bool {
	data := j.fixer.data
	token := list.child("id-token")
	switch {
	case token != nil && strings.EqualFold(j.workflowReader.at(token), "write"):
	case token != nil:
		j.edit(token.start, token.end, "write")
	case list.start < len(data) && data[list.start] == '{':
		return j.extendFlow(list)
	case len(list.kids) > 0 && j.line(list.kids[len(list.kids)-1]):
		last := list.kids[len(list.kids)-1]
		j.fixer.line(last.end, "", j.indent(last.keyStart)+"id-token: write")
	default: // read-all can't be had beside another one
		return strings.EqualFold(j.workflowReader.at(list), "write-all")
	}
	return true
}

// extendFlow adds the permission to a list in braces.
func (j *fixJob) extendFlow(list *node) bool {
	if len(list.kids) == 0 {
		line := string(j.fixer.data[list.start:j.lineEnd(list.start)])
		i := strings.IndexByte(line, '}')
		if i < 0 {
			return false
		}
		j.edit(list.start, list.start+i+1, "{ id-token: write }")
		return true
	}
	end := j.valueEnd(list.kids[len(list.kids)-1])
	j.edit(end, end, ", id-token: write")
	return true
}

// list gives a job permissions of its own, before its steps.
func (j *fixJob) list(lines []string) bool {
	indent := j.indent(j.steps.keyStart)
	unit := "  "
	if j.job.keyStart >= 0 && len(indent) > len(j.indent(j.job.keyStart)) {
		unit = strings.TrimPrefix(indent, j.indent(j.job.keyStart))
	}
	at := j.lineStart(j.steps.keyStart)
	if on := j.job.child("runs-on"); on != nil && j.line(on) {
		at = j.lineEnd(on.end)
	}
	j.edit(at, at, indent+"permissions:\n"+indent+unit+strings.Join(lines, "\n"+indent+unit)+"\n")
	return true
}

// fixToken is what uses GitHub's token beyond reading the repository.
var fixToken = pattern(`(?i)github_token|gh_token|github\.token|git push|git commit|git tag|(?:^|\s)gh |ghcr\.io|github-token`)

// modest reports whether a job uses GitHub's token for the checkout alone, as far
// as can be seen.
func (j *fixJob) modest() bool {
	if fixToken.Match(j.fixer.data) {
		return false
	}
	for _, step := range j.steps.kids {
		if uses := step.child("uses"); uses != nil && !fixKnownAction(j.workflowReader.at(uses)) {
			return false
		}
	}
	return true
}
