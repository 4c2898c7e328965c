package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/bulk"
	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/report"
)

// evalCommand is "keyless eval": its fields are the inputs of eval/action.yml.
type evalCommand struct {
	PromptFile []string `group:"files" bare:"true" help:"The prompt files to evaluate, one a line: paths, or patterns such as prompts/**/*.prompt.yml; a pattern after ! takes files away. On the command line the flag may be left out."`

	Deployment          string   `group:"model" from:"AZURE_OPENAI_DEPLOYMENT" help:"The name of the Azure OpenAI deployment, whatever prompt files name. By default the model that a file names, without its publisher; and where it names none, that of the variable."`
	Matrix              []string `group:"model" help:"Several deployments, one a line: each file is evaluated with each of them, side by side."`
	API                 string   `group:"model" default:"chat" help:"How the deployment is asked: chat, responses or completions. Judges are asked by chat."`
	JudgeDeployment     []string `group:"model" help:"The deployment of judges: one for all, or a YAML map from the modelId of evaluators to a deployment. By default the modelId without its publisher."`
	EmbeddingDeployment string   `group:"model" help:"The deployment of evaluators that compare embeddings and name none."`

	Repeat        string `group:"tests" default:"1" help:"How often each row is asked, for prompts whose answers vary."`
	MinPass       string `group:"tests" help:"How many of the repetitions must pass. All by default."`
	PassScore     string `group:"tests" help:"The least score with which a judge's verdict passes, where its evaluator has no pass-score. By default every score above 0 passes, as with gh models."`
	AllowUnjudged bool   `group:"tests" help:"Pass although there are rows without an evaluator. They are counted as unjudged, never as passed."`

	FailBelow    string   `group:"gates" help:"The least share of rows that must pass, such as 90%. By default all must, unless thresholds or fail-on says otherwise."`
	Thresholds   []string `group:"gates" help:"The least share of answers with which single evaluators are content, as a YAML map from evaluator to share, such as fluency: 80%."`
	Baseline     string   `group:"gates" help:"A file of results (json-file) of an earlier evaluation, to compare with row by row."`
	BaselineRef  string   `group:"gates" help:"Compare with the prompt files as they are at this commit, branch or tag, which are evaluated as well; base is the base of the pull request. Needs that commit in the clone (fetch-depth: 0)."`
	FailOn       string   `group:"gates" default:"failures" help:"failures: as fail-below and thresholds say; regressions: only if more rows got worse against the baseline than chance explains."`
	Significance string   `group:"gates" default:"0.05" help:"The chance of a false alarm that fail-on: regressions accepts, above 0 up to 1. 1 fails as soon as more rows got worse than better."`

	JSON        bool   `group:"results" name:"json" help:"Print the results as JSON, in the shape of gh models eval --json, instead of text."`
	JSONFile    string `group:"results" name:"json-file" help:"Write the results as JSON to this file: the baseline of a later evaluation."`
	JUnitFile   string `group:"results" name:"junit-file" help:"Write the results to this file as JUnit XML."`
	SarifFile   string `group:"results" name:"sarif-file" help:"Write the rows that did not pass to this file as SARIF 2.1.0, for github/codeql-action/upload-sarif."`
	HTML        string `group:"results" name:"html" help:"Write a page to this file, in which the results can be read, filtered and compared; it needs no network."`
	ResultsFile string `group:"results" help:"Where every answer is written as it comes, one line of JSON each. A new file under .keyless/ by default."`
	Resume      bool   `group:"results" help:"Go on with the results-file of an earlier evaluation: what it holds is not asked again."`
	Summary     bool   `group:"results" default:"true" help:"Show the results in the job summary."`

	OnMissingIdentity string `group:"results" default:"fail" help:"What a job does that gets no ID token because a fork or Dependabot caused it: fail, or skip, which passes."`

	commentInputs
	paceInputs
	accessInputs
}

// run evaluates the files and hands the results on.
func (c *evalCommand) run(ctx context.Context, p Process, runner *actions.Runner, r *reader) error {
	standIn, err := c.standIn(r)
	if err != nil {
		return err
	}
	defer standIn.stop()
	ws, err := runner.Workspace()
	if err != nil {
		return err
	}
	plan, err := c.plan(ctx, p, r, source{ws, p.Stdin, event(runner, r)})
	r.warn(runner)
	if err != nil {
		return err
	}
	plan.mask(runner)
	d := &evalDelivery{evalPlan: plan, runner: runner, stdout: p.Stdout}
	client, missing := plan.client(runner, r.getenv)
	if missing != nil {
		return d.missing(missing)
	}
	if d.claims, err = claimAll(ws, c.files(), "nothing was sent"); err != nil {
		return err
	}
	defer d.claims.discard()
	if err := standIn.serve(ctx, plan.emulated()); err != nil {
		return err
	}
	return d.evaluate(ctx, ws, client, standIn.note(), p.Stderr)
}

// evaluate asks everything and hands the results on. Every answer is in a file first.
func (d *evalDelivery) evaluate(ctx context.Context, ws *actions.Workspace, client *inference.Client, note string, stderr io.Writer) error {
	place, record, err := d.open(ws, d.runner)
	if err != nil {
		return err
	}
	defer place.Close()
	defer record.Close()
	d.path = place.Path
	engine := &bulk.Run{Client: client, Limits: d.limits, Budget: d.budget}
	if engine.Record, err = bulk.NewRecord(record, d.run.Remember); err != nil {
		return &usageError{fmt.Errorf("results-file: %s: %w (nothing was sent)", place.Path, err)}
	}
	d.runner.Logf("%s at %s%s", d.said(), d.endpoint, note)
	d.do(ctx, engine, newWatch(engine, d.runner, stderr))
	spill(d.runner, engine.Unsaved())
	return d.deliver(ctx)
}

// do evaluates, and tells how far it is.
func (plan *evalPlan) do(ctx context.Context, engine *bulk.Run, w *watch) {
	engine.Log, engine.Client.Log, engine.Client.Progress = w.note, w.note, nil
	ctx, cancel := plan.within(ctx)
	defer cancel()
	w.start()
	defer w.stop()
	_ = plan.run.Do(ctx, engine) // why it ended is in the results
}

// said is what is about to be done, in words.
func (plan *evalPlan) said() string {
	rows := 0
	for _, s := range plan.run.Suites {
		rows += len(s.Rows)
	}
	answers, judges, _ := plan.run.Asked()
	text := fmt.Sprintf("prompt files: %d, rows: %d, on %s", len(plan.run.Suites), rows, strings.Join(answers, ", "))
	if len(judges) > 0 {
		text += ", judged by " + strings.Join(judges, ", ")
	}
	return text
}

// emulated are the deployments that are asked.
func (plan *evalPlan) emulated() (all []emulator.Deployment) {
	answers, judges, embeddings := plan.run.Asked()
	for api, names := range map[string][]string{plan.run.Given.API: answers, inference.Chat: judges, inference.Embeddings: embeddings} {
		for _, name := range names {
			all = append(all, deployment(name, api))
		}
	}
	return all
}

// An evalPlan is what an evaluation needs, checked.
type evalPlan struct {
	access
	pacing
	keeping
	run          *eval.Run
	conditions   eval.Conditions
	significance float64
	baseline     *eval.Results // nil: none
	against      string        // what the baseline is, in words
	comment      *commentPlan
	json         bool
	summary      bool
	skipIdentity bool
	shown        report.EvalOptions
	version      string
}

// mask hides the secrets that the inputs hold from the log.
func (plan *evalPlan) mask(runner *actions.Runner) {
	plan.access.mask(runner)
	if plan.comment != nil {
		runner.Mask(plan.comment.github.Token)
	}
}
