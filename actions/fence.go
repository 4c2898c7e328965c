package actions

import (
	"fmt"

	"github.com/sethvargo/go-githubactions"

	"github.com/keyless-inference/action/sink"
)

// Fence shows text that nobody vouches for in the log of a run, folded under
// title, with the runner's ears closed ([sink.Fenced]). Outside GitHub Actions
// it does nothing: there the text is on stdout.
func (r *Runner) Fence(title, text string) {
	if !r.OnGitHub() {
		return
	}
	group := githubactions.Command{Name: "group", Message: sink.Log(title)}
	fenced := sink.Fenced(text)
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.log, "%s\n%s::endgroup::\n", group.String(), fenced)
}
