package actions

import (
	"fmt"
	"os"
)

// MaxSummary is what a step may write to its job summary at most: 1 MiB, in
// bytes. GitHub drops all of a longer one and leaves an error in its place. See
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits.
const MaxSummary = 1 << 20

const lineEnd = len("\r\n") // what is written behind a part at most

// Summary appends Markdown to the job summary as it is: what somebody else wrote
// in it must have gone through package sink before. What does not fit into
// [Runner.SummaryRoom] is an error, and nothing is written then. Outside GitHub
// Actions, and where the runner gave no file for a summary, it does nothing.
func (r *Runner) Summary(markdown string) error {
	if r.file(summaryFile) == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if room := r.SummaryRoom(); len(markdown) > room {
		return fmt.Errorf("writing the job summary: %d bytes do not fit, a step may write %d and %d are left", len(markdown), MaxSummary, room)
	}
	return r.fileCommand("step_summary", markdown)
}

// SummaryRoom is how many bytes [Runner.Summary] still takes, in one call. It is
// 0 where there is no summary. A file that is not there yet, or does not tell
// its size, counts as empty.
func (r *Runner) SummaryRoom() int {
	path := r.file(summaryFile)
	if path == "" {
		return 0
	}
	room := int64(MaxSummary - lineEnd)
	if info, err := os.Stat(path); err == nil {
		room -= info.Size()
	}
	return int(max(room, 0))
}

const summaryFile = "GITHUB_STEP_SUMMARY"
