package actions

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/keyless-inference/action/wire"
)

// An Event is what started the job, as far as this program needs it.
type Event struct {
	Name  string // "push", "pull_request", …; "" outside GitHub Actions
	Actor string // the login of who caused it, such as "dependabot[bot]"
	Fork  bool   // a pull request whose branch lives in another repository
}

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
	fork, err := fromFork(raw)
	if err != nil {
		return e, fmt.Errorf("reading the event of this job (%s): %w", path, err)
	}
	e.Fork = fork
	return e, nil
}

const maxEvent = 32 << 20 // bytes; GitHub's own limit of a payload is 25 MB

// fromFork reports whether the payload is of a pull request whose head
// repository is not its base repository; a deleted fork leaves a null head.
// See https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request.
func fromFork(payload []byte) (bool, error) {
	type branch struct {
		Repo *struct {
			FullName string `json:"full_name"`
		}
	}
	var event struct {
		PullRequest *struct{ Head, Base branch } `json:"pull_request"`
	}
	if err := json.Unmarshal(payload, &event); err != nil || event.PullRequest == nil {
		return false, err
	}
	head, base := event.PullRequest.Head.Repo, event.PullRequest.Base.Repo
	if head == nil || base == nil {
		return base != nil, nil
	}
	return head.FullName != base.FullName, nil
}
