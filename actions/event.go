package actions

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// An Event is what started the job, as far as this program needs it.
type Event struct {
	Name  string // "push", "pull_request", …; "" outside GitHub Actions
	Actor string // the login of who caused it, such as "dependabot[bot]"

	// Fork reports that the event carries a pull request whose branch lives in
	// another repository, or lived in one that is gone. It says where the text
	// comes from, not what the job may do: pull_request_target runs with the
	// rights of the base repository all the same. Events that carry no
	// pull_request, such as issue_comment and workflow_run, do not tell.
	Fork bool

	// Number is the pull request or issue that the event is about; 0 when there
	// is none. GitHub mostly leaves it out of a workflow_run that a pull request
	// from a fork caused; where a workflow_run has several, it is the first.
	Number int

	// Base is the commit that the event's own commits come after: the base of a
	// pull request or merge group, or what a push found. "" when there is none, as
	// for the push of a new branch.
	Base string

	// Texts are what somebody without rights in the repository may have written.
	Texts []Text
}

// A Text is a text of an event.
type Text struct {
	Path  string // the expression that names it, such as "github.event.commits[0].message"
	Value string // never ""
}

// numbers are where a payload tells the pull request or issue, the best place
// first. See https://docs.github.com/webhooks/webhook-events-and-payloads.
const numbers = `
	pull_request.number
	issue.number
	workflow_run.pull_requests.*.number
	number`

// bases are where a payload tells the commit before its own ones.
const bases = `
	pull_request.base.sha
	merge_group.base_sha
	before`

// outside are where a payload holds what a person without rights can write: by
// opening, commenting or reviewing, by naming a branch or a fork, by writing a
// commit that is merged, by editing a public wiki. See
// https://docs.github.com/actions/concepts/security/script-injections.
const outside = `
	pull_request.title
	pull_request.body
	pull_request.head.ref
	pull_request.head.label
	pull_request.head.repo.default_branch
	pull_request.head.repo.description
	issue.title
	issue.body
	comment.body
	comment.path
	comment.diff_hunk
	review.body
	discussion.title
	discussion.body
	answer.body
	changes.title.from
	changes.body.from
	head_commit.message
	head_commit.author.name
	head_commit.author.email
	commits.*.message
	commits.*.author.name
	commits.*.author.email
	merge_group.head_commit.message
	merge_group.head_commit.author.name
	merge_group.head_commit.author.email
	workflow_run.head_branch
	workflow_run.display_title
	workflow_run.head_commit.message
	workflow_run.head_commit.author.name
	workflow_run.head_commit.author.email
	workflow_run.head_repository.description
	workflow_run.pull_requests.*.head.ref
	check_run.check_suite.head_branch
	check_suite.head_branch
	check_suite.head_commit.message
	check_suite.head_commit.author.name
	check_suite.head_commit.author.email
	release.name
	release.body
	pages.*.page_name
	pages.*.title
	pages.*.summary
	forkee.description`

// Event reads the event from the environment and from the file that the runner
// wrote it to. Where that file is missing, as under act without an event, the
// name and actor alone are known.
func (r *Runner) Event() (Event, error) {
	e := Event{Name: r.getenv("GITHUB_EVENT_NAME"), Actor: r.getenv("GITHUB_ACTOR")}
	path := r.getenv("GITHUB_EVENT_PATH")
	if path == "" {
		return e, nil
	}
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return e, nil
	}
	if err != nil {
		return e, fmt.Errorf("reading the event of this job: %w", err)
	}
	defer f.Close()
	raw, err := wire.ReadAll(f, maxEvent)
	if err != nil {
		return e, fmt.Errorf("reading the event of this job: %w", err)
	}
	if err := e.read(raw); err != nil {
		return e, fmt.Errorf("reading the event of this job (%s): %w", path, err)
	}
	return e, nil
}

const maxEvent = 32 << 20 // bytes; GitHub's own limit of a payload is 25 MB

// read takes from a payload what is where it should be. What has another type
// than GitHub gives it is as good as missing.
func (e *Event) read(raw []byte) error {
	var payload map[string]any
	if err := json.Unmarshal(raw, &payload); err != nil {
		return err
	}
	e.Fork = fromFork(payload)
	for _, found := range findAll(payload, outside) {
		if text, ok := found.value.(string); ok && text != "" {
			e.Texts = append(e.Texts, Text{found.path, text})
		}
	}
	e.Base = base(payload)
	dropForeign(payload)
	for _, found := range findAll(payload, numbers) {
		if n, ok := found.value.(float64); ok && n == math.Trunc(n) && 0 < n && n <= math.MaxInt32 {
			e.Number = int(n)
			break
		}
	}
	return nil
}

// base is the commit that the payload's own ones come after. A branch that did
// not exist before has only zeros.
func base(payload map[string]any) string {
	for _, found := range findAll(payload, bases) {
		if sha, ok := found.value.(string); ok && commitID(sha) && strings.Trim(sha, "0") != "" {
			return sha
		}
	}
	return ""
}

// commitID reports whether s is a whole object name of git: SHA-1 or SHA-256.
func commitID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// dropForeign removes from a workflow run's pull requests those of another
// repository, such as the upstream of a fork: their numbers mean others here.
func dropForeign(payload map[string]any) {
	run, _ := payload["workflow_run"].(map[string]any)
	all, _ := run["pull_requests"].([]any)
	repository, known := first[float64](payload, "repository.id")
	if !known || len(all) == 0 {
		return
	}
	run["pull_requests"] = slices.DeleteFunc(all, func(v any) bool {
		pull, _ := v.(map[string]any)
		base, ok := first[float64](pull, "base.repo.id")
		return ok && base != repository
	})
}

// fromFork reports whether the payload is of a pull request whose head
// repository is not its base repository; a deleted fork leaves a null head.
// See https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request.
func fromFork(payload map[string]any) bool {
	base, known := first[string](payload, "pull_request.base.repo.full_name")
	head, _ := first[string](payload, "pull_request.head.repo.full_name")
	return known && base != head
}

// first is the first value of a type that a path leads to.
func first[T any](payload map[string]any, path string) (value T, ok bool) {
	for _, found := range findAll(payload, path) {
		if value, ok = found.value.(T); ok {
			return value, true
		}
	}
	return value, false
}

// A found value is one that a path leads to.
type found struct {
	path  string // as expressions spell it
	value any
}

// findAll finds what the paths lead to, in their order. A path is the names of
// fields with dots between them, and * for each element of a list.
func findAll(payload map[string]any, paths string) (all []found) {
	for path := range strings.FieldsSeq(paths) {
		all = append(all, find(found{"github.event", payload}, strings.Split(path, "."))...)
	}
	return all
}

func find(from found, steps []string) (all []found) {
	if len(steps) == 0 {
		return []found{from}
	}
	if list, ok := from.value.([]any); ok && steps[0] == "*" {
		for i, v := range list {
			all = append(all, find(found{fmt.Sprintf("%s[%d]", from.path, i), v}, steps[1:])...)
		}
		return all
	}
	fields, _ := from.value.(map[string]any)
	if v, ok := fields[steps[0]]; ok {
		return find(found{from.path + "." + steps[0], v}, steps[1:])
	}
	return nil
}
