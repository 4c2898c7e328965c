package cmd

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/task"
)

// A tasksRun is what a run of tasks needs, checked.
type tasksRun struct {
	cfg      *runConfig // but for the request
	plan     tasksPlan
	file     *task.File
	files    task.Files
	ws       *actions.Workspace
	comments map[string]*commentPlan // by task
	stdin    spool
}

// tasks checks all inputs and the file of the tasks, and reads through all that it
// names, so that nothing is sent before everything is known to be right.
func (c *runCommand) tasks(ctx context.Context, r *reader, src source) (*tasksRun, error) {
	t := &tasksRun{cfg: &runConfig{access: c.access(r, src.event)}, plan: c.tasksPlan(r), ws: src.Workspace}
	c.results(r, t.cfg)
	c.beside(r)
	t.stdin.from = src.stdin
	t.files = taskFiles(src, &t.stdin)
	t.file = c.taskFile(r, src)
	if t.file == nil {
		return t, r.err()
	}
	if t.plan.of > 0 {
		t.file.Shard(t.plan.part, t.plan.of)
	}
	r.join(t.file.Check(until(ctx, t.files)))
	if ctx.Err() != nil {
		return t, fmt.Errorf("reading what the tasks name: %w", context.Cause(ctx))
	}
	for _, one := range t.file.Tasks {
		for _, note := range one.Notes() {
			r.note("%s", note)
		}
	}
	t.checkBatch(r)
	if len(r.mistakes) == 0 {
		t.checkPaths(r, c.Config)
	}
	t.comments = map[string]*commentPlan{}
	for _, one := range t.file.Tasks {
		if one.Comment != nil {
			t.comments[one.ID] = c.taskComment(r, src, one)
		}
	}
	return t, r.err()
}

// settings are what the action's inputs say of every task.
func (c *runCommand) settings(r *reader) task.Settings {
	s := c.parameters(r)
	s.Deployment, s.Model = r.text(c.Deployment, ""), r.text(c.Model, "AZURE_OPENAI_DEPLOYMENT")
	s.SystemPrompt, s.SystemPromptFile = c.SystemPrompt, r.text(c.SystemPromptFile, "")
	s.ResponseFormat = r.oneOf("response-format", c.ResponseFormat, "", inference.Text, inference.JSONObject, inference.JSONSchema)
	s.JSONSchema = strings.TrimSpace(c.JSONSchema)
	s.UntrustedMaxChars, s.Stream = r.count("untrusted-max-chars", c.UntrustedMaxChars), &c.Stream
	return s
}

// taskComment is the plan of a task's comment: its own words, and where it has none
// the inputs'.
func (c *runCommand) taskComment(r *reader, src source, t *task.Task) *commentPlan {
	own := c.commentInputs
	own.Comment = true
	for _, word := range []struct {
		of   *string
		says string
	}{
		{&own.CommentHeader, cmp.Or(t.Comment.Header, strings.TrimSpace(c.CommentHeader+" "+t.ID))},
		{&own.CommentMode, t.Comment.Mode},
		{&own.CommentTemplate, t.Comment.Template},
		{&own.CommentNumber, written(t.Comment.Number)},
		{&own.CommentMaxParts, written(t.Comment.MaxParts)},
		{&own.CommentOnError, t.Comment.OnError},
	} {
		*word.of = cmp.Or(word.says, *word.of)
	}
	own.CommentSkipUnchanged = *cmp.Or(t.Comment.SkipUnchanged, &own.CommentSkipUnchanged)
	own.CommentMentions = *cmp.Or(t.Comment.Mentions, &own.CommentMentions)
	return own.commentPlan(r, src)
}

// written is a number as an input has it; "" for none.
func written(n *int64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(*n, 10)
}

// beside tells of inputs that mean nothing beside a file of tasks.
func (c *runCommand) beside(r *reader) {
	for _, in := range inputs(c) {
		switch {
		case !in.given():
		case in.Name == "prompt", in.Name == "prompt-file":
			r.mistake(in.Name, "a file of tasks (config) says what is asked; give one of the two")
		case in.Name == "input", in.Name == "file_input", in.Name == "untrusted", in.Name == "response-file", in.Name == "comment":
			r.note("%s is ignored: the tasks of config have their own", in.Name)
		}
	}
}

// taskFile reads the file of the tasks, or the YAML itself.
func (c *runCommand) taskFile(r *reader, src source) *task.File {
	name, text := "config", []byte(c.Config)
	if inline(c.Config) {
		checkQuotes(r, name, c.Config, src.event)
	} else {
		name, _ = src.Rel(strings.TrimSpace(c.Config))
		var err error
		if text, err = src.ReadFile(strings.TrimSpace(c.Config)); err != nil {
			r.mistake("config", "reading %s: %w", strings.TrimSpace(c.Config), err)
			return nil
		}
	}
	file, err := task.Parse(name, text, c.settings(r), reserved()...)
	r.join(err)
	if err != nil {
		return nil
	}
	return file
}

// inline reports whether config is YAML rather than a path.
func inline(config string) bool {
	config = strings.TrimSpace(config)
	return strings.Contains(config, "\n") || strings.HasPrefix(config, "{") ||
		strings.HasPrefix(config, "tasks:") || strings.HasPrefix(config, "defaults:")
}

// reserved are the names that no task can have: its output would take the place of
// one of ours.
func reserved() (names []string) {
	for _, o := range Actions()[0].Outputs {
		names = append(names, o.Name)
	}
	return names
}

// checkBatch tells what the Batch API does not do.
func (t *tasksRun) checkBatch(r *reader) {
	for _, one := range t.file.Tasks {
		switch {
		case !t.plan.batch:
		case one.Embeddings != nil:
			r.mistake("mode", "the Batch API has no embeddings, and the task %s is one", one.ID)
		case len(one.Needs) > 0 && (!t.plan.batches.Wait || len(t.plan.batches.Collect) > 0):
			r.mistake("batch-wait", "the task %s needs the answers of others, so it can't be sent before those are there", one.ID)
		}
	}
}

// runTasks runs the tasks and hands on what came.
func (c *runCommand) runTasks(ctx context.Context, p Process, runner *actions.Runner, r *reader, ws *actions.Workspace, standIn *standIn) error {
	t, err := c.tasks(ctx, r, source{ws, p.Stdin, event(runner, r)})
	defer t.stdin.close()
	r.warn(runner)
	if err != nil {
		return err
	}
	t.cfg.mask(runner)
	for _, plan := range t.comments {
		runner.Mask(plan.github.Token)
	}
	d := &tasksDelivery{tasksRun: t, runner: runner, stdout: p.Stdout}
	client, missing := t.cfg.client(runner, r.getenv)
	if missing != nil {
		return d.deliver(ctx, missing)
	}
	if d.results, d.record, err = t.plan.open(t.ws, runner); err != nil {
		return err
	}
	defer d.results.Close()
	defer d.record.Close()
	if d.run, err = t.prepare(client, d.record); err != nil {
		return &usageError{fmt.Errorf("results-file: %s: %w (nothing was sent)", d.results.Path, err)}
	}
	if err := standIn.serve(ctx, t.deployments()); err != nil {
		return err
	}
	runner.Logf("%s at %s%s", t.said(), t.cfg.endpoint, standIn.note())
	return d.deliver(ctx, t.do(ctx, d.run, newWatch(d.run, runner, p.Stderr)))
}

// do runs the tasks and tells how far it is.
func (t *tasksRun) do(ctx context.Context, run *bulk.Run, w *watch) error {
	run.Log, run.Client.Log, run.Client.Progress = w.note, w.note, nil
	ctx, cancel := t.plan.within(ctx)
	defer cancel()
	w.start()
	defer w.stop()
	if t.plan.batch {
		return run.DoBatch(ctx, t.plan.batches)
	}
	return run.Do(ctx)
}

// prepare makes the run.
func (t *tasksRun) prepare(client *inference.Client, file *os.File) (*bulk.Run, error) {
	run := &bulk.Run{
		Client: client, Tasks: t.file.Tasks, Files: t.files,
		Limits: t.plan.limits, Budget: t.plan.budget, Resume: t.plan.resume,
		File: rooted(t.ws.Place), Folder: rooted(t.ws.FolderPlace),
	}
	record, err := bulk.NewRecord(file, run.Remember)
	run.Record = record
	t.plan.batches.Spool = func() (*os.File, error) { return os.CreateTemp("", "keyless-batch-*.jsonl") }
	return run, err
}

// rooted is how package bulk finds a place.
func rooted(find func(string) (*actions.Place, error)) func(string) (*os.Root, string, error) {
	return func(path string) (*os.Root, string, error) {
		place, err := find(path)
		if err != nil {
			return nil, "", err
		}
		return place.Root, place.Name, nil
	}
}

// said is what is about to be done, in words.
func (t *tasksRun) said() string {
	total := 0
	for _, one := range t.file.Tasks {
		total += one.Count()
	}
	return fmt.Sprintf("tasks: %d, requests and texts: %d", len(t.file.Tasks), total)
}

// deployments are those that the tasks ask, for the emulator.
func (t *tasksRun) deployments() (all []emulator.Deployment) {
	for _, one := range t.file.Tasks {
		api := one.API
		if one.Embeddings != nil {
			api = inference.Embeddings
		}
		all = append(all, deployment(one.Deployment, api))
	}
	return all
}
