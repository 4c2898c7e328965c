package cmd

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/report"
	"github.com/keyless-inference/action/task"
)

// evalHeader tells the comment of an evaluation from that of an answer.
const evalHeader = "eval"

// plan checks all inputs and reads all files that they name. The error holds every
// mistake there is.
func (c *evalCommand) plan(ctx context.Context, p Process, r *reader, src source) (*evalPlan, error) {
	plan := &evalPlan{
		access: c.access(r, src.event), pacing: c.pacing(r), keeping: keeping{r.text(c.ResultsFile, ""), c.Resume},
		run: &eval.Run{}, json: c.JSON, summary: c.Summary, version: p.Version,
		skipIdentity: r.oneOf("on-missing-identity", c.OnMissingIdentity, "fail", "skip") == "skip",
		shown: report.EvalOptions{
			File:   strings.TrimSpace(c.JSONFile),
			Server: r.getenv("GITHUB_SERVER_URL"), Repository: r.getenv("GITHUB_REPOSITORY"), Commit: r.getenv("GITHUB_SHA"),
		},
	}
	if c.Resume && plan.results == "" {
		r.mistake("resume", "needs the results-file of the evaluation to go on with")
	}
	c.suites(r, src, plan.run)
	c.models(r, plan.run)
	c.tests(r, plan.run)
	c.gates(r, src, plan)
	c.base(ctx, r, src, plan)
	c.checkFiles(r, src.Workspace, plan.run)
	if c.Comment {
		c.CommentHeader = cmp.Or(c.CommentHeader, evalHeader)
	}
	plan.comment = c.commentPlan(r, src)
	if len(r.mistakes) == 0 {
		r.join(plan.run.Plan())
	}
	return plan, r.err()
}

// suites reads the prompt files.
func (c *evalCommand) suites(r *reader, src source, run *eval.Run) {
	for _, path := range c.paths(r, src) {
		text, err := src.ReadFile(path)
		if err != nil {
			r.mistake("prompt-file", "reading %s: %w", path, err)
			continue
		}
		name, _ := src.Rel(path)
		s, err := eval.Parse(name, text)
		if err != nil {
			r.join(err)
			continue
		}
		if len(s.Rows) == 0 {
			r.note("%s has no testData, so there is nothing to evaluate in it", name)
			continue
		}
		if len(s.Evaluators) == 0 && !c.AllowUnjudged {
			r.note("%s has no evaluators: its rows will be unjudged, which fails unless allow-unjudged is true", name)
		}
		run.Suites = append(run.Suites, s)
	}
	if len(run.Suites) == 0 && len(r.mistakes) == 0 {
		r.mistake("prompt-file", "no prompt file with testData is among %s", strings.Join(lines(c.PromptFile), ", "))
	}
}

// paths are the files that the input names, each once.
func (c *evalCommand) paths(r *reader, src source) (all []string) {
	given := lines(c.PromptFile)
	if len(given) == 0 {
		r.mistake("prompt-file", "is required: the prompt files to evaluate, such as prompts/**/*.prompt.yml")
	}
	var patterns []string
	for _, path := range given {
		switch {
		case strings.ContainsAny(path, "*?[{") || path[0] == '!':
			patterns = append(patterns, path)
		case !prompt.IsPromptFile(path):
			r.mistake("prompt-file", "%s is none: the name of a prompt file ends in .prompt.yml or .prompt.yaml", path)
		case !slices.Contains(all, path):
			all = append(all, path)
		}
	}
	found, err := src.Glob(patterns)
	r.check("prompt-file", err)
	found = slices.DeleteFunc(found, func(path string) bool { return !prompt.IsPromptFile(path) || slices.Contains(all, path) })
	if len(patterns) > 0 && err == nil && len(found) == 0 && len(all) == 0 {
		r.mistake("prompt-file", "no prompt file (.prompt.yml, .prompt.yaml) matches %s", strings.Join(patterns, ", "))
	}
	return append(all, found...)
}

// lines are the lines of an input of several values, and what commas part.
func lines(input []string) (all []string) {
	for line := range strings.FieldsFuncSeq(strings.Join(input, "\n"), func(c rune) bool { return c == '\n' || c == '\r' }) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// models reads who is asked.
func (c *evalCommand) models(r *reader, run *eval.Run) {
	stream := true
	run.Given = task.Settings{
		Deployment: r.text(c.Deployment, ""), Model: r.text("", "AZURE_OPENAI_DEPLOYMENT"), Stream: &stream,
		API: r.oneOf("api", c.API, inference.Chat, inference.Responses, inference.Completions),
	}
	for _, line := range lines(c.Matrix) {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); slices.Contains(run.Deployments, name) {
				r.mistake("matrix", "%s is there twice", name)
			} else if name != "" {
				run.Deployments = append(run.Deployments, name)
			}
		}
	}
	if run.Given.Deployment != "" && run.Deployments != nil {
		r.mistake("deployment", "give it or matrix, not both")
	}
	run.Embedding = r.text(c.EmbeddingDeployment, "")
	switch text := strings.TrimSpace(strings.Join(c.JudgeDeployment, "\n")); {
	case text == "":
	case strings.ContainsAny(text, ":{"):
		var err error
		run.Judges, err = prompt.ParseMap("judge-deployment", text)
		r.join(err)
	default:
		run.Judges = map[string]string{"": text}
	}
}

// tests reads how often rows are asked, and when they pass.
func (c *evalCommand) tests(r *reader, run *eval.Run) {
	run.Repeat = 1
	if n := r.count("repeat", c.Repeat); n != nil && *n <= mostRepeats {
		run.Repeat = int(*n)
	} else if n != nil {
		r.mistake("repeat", "%d is too often: the most is %d", *n, mostRepeats)
	}
	if n := r.count("min-pass", c.MinPass); n != nil && *n <= int64(run.Repeat) {
		run.MinPass = int(*n)
	} else if n != nil {
		r.mistake("min-pass", "%d of %d repetitions can't pass: raise repeat", *n, run.Repeat)
	}
	run.PassScore = r.number("pass-score", c.PassScore, -1e9, 1e9)
}

const mostRepeats = 1000

// gates reads on what the outcome depends.
func (c *evalCommand) gates(r *reader, src source, plan *evalPlan) {
	plan.conditions = eval.Conditions{
		AllowUnjudged: c.AllowUnjudged,
		FailOn:        r.oneOf("fail-on", c.FailOn, "failures", eval.Regressions),
	}
	if text := strings.TrimSpace(c.FailBelow); text != "" {
		rate, err := eval.ParseRate(text)
		r.check("fail-below", err)
		plan.conditions.FailBelow = &rate
	}
	if n := r.number("significance", c.Significance, 0, 1); n != nil && *n > 0 {
		plan.significance = *n
	} else if n != nil {
		r.mistake("significance", "must be above 0, or no regression would ever count")
	}
	c.thresholds(r, plan)
	path := strings.TrimSpace(c.Baseline)
	if path == "" {
		return
	}
	raw, err := src.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("there is no such file; this writes one: keyless eval --json-file " + path)
	}
	if err != nil {
		r.mistake("baseline", "reading %s: %w", path, err)
		return
	}
	before, err := eval.Read(path, raw)
	r.check("baseline", err)
	plan.baseline, plan.against = &before, path
}

// thresholds reads those of single evaluators, which must be there.
func (c *evalCommand) thresholds(r *reader, plan *evalPlan) {
	text := strings.Join(c.Thresholds, "\n")
	if strings.TrimSpace(text) == "" {
		return
	}
	given, err := prompt.ParseMap("thresholds", text)
	r.join(err)
	var known []string
	for _, s := range plan.run.Suites {
		for _, e := range s.Evaluators {
			known = append(known, e.Name)
		}
	}
	plan.conditions.Thresholds = map[string]float64{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		rate, err := eval.ParseRate(given[name])
		if err != nil {
			r.mistake("thresholds", "%s: %w", name, err)
		}
		if !slices.Contains(known, name) && len(plan.run.Suites) > 0 {
			r.mistake("thresholds", "no evaluator is called %q%s", name, document.Suggest(name, known))
		}
		plan.conditions.Thresholds[name] = rate
	}
}

// files are the inputs that name a file to write, with what they name.
func (c *evalCommand) files() []namedFile {
	return named([]namedFile{{"json-file", c.JSONFile}, {"junit-file", c.JUnitFile}, {"sarif-file", c.SarifFile}, {"html", c.HTML}})
}

// checkFiles refuses what would cost something that is there.
func (c *evalCommand) checkFiles(r *reader, ws *actions.Workspace, run *eval.Run) {
	files := append(c.files(), named([]namedFile{{"results-file", c.ResultsFile}})...)
	apart(r, ws, files)
	for _, f := range files {
		path, _ := ws.Rel(f.path)
		if slices.ContainsFunc(run.Suites, func(s *eval.Suite) bool { return s.File == path }) {
			r.mistake(f.input, "%s is evaluated: it would be overwritten", f.path)
		}
		if path == ".git" || strings.HasPrefix(path, ".git/") {
			r.mistake(f.input, "%s belongs to git", f.path)
		}
	}
}
