package cmd

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
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
			Server: r.getenv("GITHUB_SERVER_URL"), Repository: r.getenv("GITHUB_REPOSITORY"), Commit: r.getenv("GITHUB_SHA"),
		},
	}
	if c.Resume && plan.results == "" {
		r.mistake("resume", "needs the results-file of the evaluation to go on with")
	}
	read := c.paths(r, src)
	c.suites(r, src, plan.run, read)
	c.models(r, plan.run)
	c.tests(r, plan.run)
	c.gates(r, src, plan)
	c.base(ctx, r, src, plan)
	c.checkFiles(r, src.Workspace, read)
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
func (c *evalCommand) suites(r *reader, src source, run *eval.Run, paths []string) {
	for _, path := range paths {
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

// paths are the files that the input names, each once, as the workspace knows them.
func (c *evalCommand) paths(r *reader, src source) (all []string) {
	given := lines(c.PromptFile)
	if len(given) == 0 {
		r.mistake("prompt-file", "is required: the prompt files to evaluate, such as prompts/**/*.prompt.yml")
	}
	var patterns []string
	for _, path := range given {
		if info, err := os.Stat(filepath.Join(src.Dir(), path)); err == nil && info.IsDir() {
			r.mistake("prompt-file", "%s is a folder: write %[1]s/**/*.prompt.yml for all prompt files in it", strings.TrimRight(path, "/"))
		} else if err != nil && !filepath.IsAbs(path) && (strings.ContainsAny(path, "*?[{") || path[0] == '!') {
			patterns = append(patterns, path)
		} else if !prompt.IsPromptFile(path) {
			r.mistake("prompt-file", "%s is no prompt file by its name, which must end in .prompt.yml or .prompt.yaml", path)
		} else {
			path, _ = src.Rel(path)
			all = append(all, path)
		}
	}
	all = append(all, c.matches(r, src, patterns)...)
	slices.Sort(all)
	return slices.Compact(all)
}

// matches are the prompt files that the patterns stand for.
func (c *evalCommand) matches(r *reader, src source, patterns []string) []string {
	isNone := func(path string) bool { return !prompt.IsPromptFile(path) }
	found, err := src.Glob(patterns)
	r.check("prompt-file", err)
	found = slices.DeleteFunc(found, isNone)
	for _, pattern := range patterns {
		if pattern[0] == '!' || err != nil {
			continue
		}
		if own, _ := src.Glob([]string{pattern}); len(slices.DeleteFunc(own, isNone)) == 0 {
			r.note("prompt-file: no prompt file (.prompt.yml, .prompt.yaml) matches %s", pattern)
		}
	}
	return found
}

// lines are the lines of an input of several values.
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
			if name = prompt.BareModel(strings.TrimSpace(name)); strings.ContainsAny(name, "[]{}") {
				r.mistake("matrix", "%s is no name of a deployment: write one a line, or commas between them", name)
			} else if slices.Contains(run.Deployments, name) {
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
		c.judged(r, run)
	default:
		run.Judges = map[string]string{"": text}
	}
}

// judged checks that judge-deployment names models that evaluators name. Of files that
// have mistakes nobody knows which those are.
func (c *evalCommand) judged(r *reader, run *eval.Run) {
	var known []string
	for _, s := range run.Suites {
		for _, e := range s.Evaluators {
			if e.Judge != nil {
				known = append(known, e.Judge.ModelID)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(run.Judges)) {
		if len(r.mistakes) == 0 && !slices.Contains(known, id) {
			r.mistake("judge-deployment", "no evaluator has the modelId %q%s", id, document.Suggest(id, known))
		}
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
	if run.PassScore = r.number("pass-score", c.PassScore, -1e9, 1e9); run.PassScore == nil {
		return
	}
	for _, s := range run.Suites {
		for _, e := range s.Evaluators {
			if e.Judge != nil && e.PassScore == nil && *run.PassScore > e.Highest() {
				r.mistake("pass-score", "no verdict of the evaluator %q in %s could pass: its highest score is %v", e.Name, s.File, e.Highest())
			}
		}
	}
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
	sound := len(r.mistakes) == 0 // else a file that was not read may have the evaluator
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
		if sound && !slices.Contains(known, name) {
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
func (c *evalCommand) checkFiles(r *reader, ws *actions.Workspace, read []string) {
	files := append(c.files(), named([]namedFile{{"results-file", c.ResultsFile}})...)
	apart(r, ws, append(files, named([]namedFile{{"baseline", c.Baseline}})...))
	for _, f := range files {
		path, _ := ws.Rel(f.path)
		if slices.Contains(read, path) {
			r.mistake(f.input, "%s is evaluated: it would be overwritten", f.path)
		}
		if path == ".git" || strings.HasPrefix(path, ".git/") {
			r.mistake(f.input, "%s belongs to git", f.path)
		}
	}
}
