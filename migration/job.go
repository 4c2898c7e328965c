package migration

import (
	"context"
	"fmt"
	"strings"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/wire"
)

// Job is the source that looks at the environment of the running job.
type Job struct {
	Environ []string // NAME=value, as [os.Environ] gives it
	Names   Names
	Asked   bool // see [Status.Asked]

	// Mask is called with the value of each variable that holds a key, and with the
	// key where that is a part of the value, before anything is said about it; nil
	// does nothing.
	Mask func(string)
}

// Look implements [Source].
func (j *Job) Look(context.Context) Result {
	var result Result
	seen := 0
	for _, line := range j.Environ {
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" || ownVariable(name) { // Windows has names that begin with "="
			continue
		}
		seen++
		if v := j.Names.judge(name, value); v.found != "" {
			j.mask(value)
			j.mask(v.key)
			result.Findings = append(result.Findings, jobFinding(name, v))
		}
	}
	result.Statuses = []Status{{Name: "job", State: Looked, Why: count(seen, "variable"), Asked: j.Asked}}
	return result
}

func (j *Job) mask(value string) {
	if value = strings.TrimSpace(value); j.Mask != nil && value != "" {
		j.Mask(value)
	}
}

// ownPrefixes begin the names of what the runner itself sets: the inputs of a
// step, which its workflow is checked for, and the job's own tokens.
var ownPrefixes = []string{"INPUT_", "ACTIONS_", "GITHUB_", "RUNNER_"}

func ownVariable(name string) bool {
	for _, p := range ownPrefixes {
		if len(name) >= len(p) && strings.EqualFold(name[:len(p)], p) {
			return true
		}
	}
	return false
}

func jobFinding(name string, v verdict) Finding {
	name = wire.Line(name, 100)
	return Finding{
		Rule: "KL201", Severity: rule.Error, Place: "environment variable " + name,
		Message: wire.Line(fmt.Sprintf("the environment variable %s %s", name, v.found), 500),
		Fix:     fmt.Sprintf("remove %s from env: in the workflow (or from the runner's own environment), and regenerate the key", name),
	}.Seal(name + " " + v.seal)
}

// count is a number and its noun: "1 secret", "14 secrets".
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(noun, "y"))
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
