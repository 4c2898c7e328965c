package cmd

import (
	"strconv"
	"strings"

	"github.com/keyless-inference/action/bulk"
)

// tasksInputs are the inputs of a run of many requests.
type tasksInputs struct {
	Config      string `group:"tasks" help:"Tasks to run instead of one prompt: the path of a YAML file, or the YAML itself, see docs/tasks.md. The inputs of the model and of the answer are then what its tasks do not say themselves."`
	ResultsFile string `group:"tasks" help:"With config: where every answer is written as it comes, one line of JSON a request. A new file under .keyless/ by default."`
	Resume      bool   `group:"tasks" help:"With config: go on with the results-file and the embeddings files of an earlier run; what they hold is not asked again."`
	Shard       string `group:"tasks" help:"With config: one share of the work, such as 3/8, for a job of a matrix."`

	paceInputs `when:"With config"`

	Mode      string `group:"batch" default:"live" help:"With config: live asks the deployments themselves; batch sends the prompts through the Batch API, at half of the price and within a day; collect fetches the answers of jobs that were sent before."`
	BatchWait bool   `group:"batch" default:"true" help:"With mode: batch: wait for the answers. false ends the step as soon as the jobs are created; mode: collect fetches the answers later."`
	BatchID   string `group:"batch" name:"batch-id" help:"With mode: collect: the jobs, as the output batch-id of an earlier step named them. The config must be the same as there."`
	BatchPoll string `group:"batch" default:"1m" help:"How often such a job is looked at."`
}

// A tasksPlan is how the tasks are run, checked.
type tasksPlan struct {
	keeping
	part, of int // the shard; 0: all
	pacing
	batch   bool
	batches bulk.Batches
}

// tasksPlan reads the inputs.
func (c *tasksInputs) tasksPlan(r *reader) tasksPlan {
	plan := tasksPlan{keeping: keeping{r.text(c.ResultsFile, ""), c.Resume}, pacing: c.pacing(r)}
	plan.part, plan.of = c.share(r)
	mode := r.oneOf("mode", c.Mode, "live", "batch", "collect")
	plan.batch = mode != "live"
	switch collect := strings.TrimSpace(c.BatchID) != ""; {
	case mode == "collect" && !collect:
		r.mistake("batch-id", "is required with mode: collect: the output batch-id of the step that sent the jobs")
	case mode != "collect" && collect:
		r.mistake("batch-id", "needs mode: collect")
	case mode == "live" && !c.BatchWait:
		r.mistake("batch-wait", "needs mode: batch")
	}
	plan.batches = bulk.Batches{
		Collect: strings.FieldsFunc(c.BatchID, func(c rune) bool { return c == ',' || c == ' ' || c == '\n' }),
		Wait:    c.BatchWait, Poll: r.duration("batch-poll", c.BatchPoll),
	}
	if c.Resume && plan.results == "" {
		r.mistake("resume", "needs the results-file of the run to go on with")
	}
	return plan
}

// share is the part of the work that shard names, such as 3 of 8; 0 of 0 is all.
func (c *tasksInputs) share(r *reader) (part, of int) {
	text := r.text(c.Shard, "")
	if text == "" {
		return 0, 0
	}
	k, n, _ := strings.Cut(text, "/")
	part, badPart := strconv.Atoi(strings.TrimSpace(k))
	of, badOf := strconv.Atoi(strings.TrimSpace(n))
	if badPart != nil || badOf != nil || part < 1 || part > of {
		r.mistake("shard", "%q is no share such as 3/8: the number of this one, from 1, and of all", text)
	}
	return part, of
}

// without warns of inputs of many requests that were given although there is one.
func (c *tasksInputs) without(r *reader) {
	for _, in := range inputs(c) {
		if in.given() {
			r.note("%s is ignored: there is no config", in.Name)
		}
	}
}
