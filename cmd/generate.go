package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/eval/propose"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
	"github.com/keyless-inference/action/wire"
)

// generateCommand is "keyless eval generate". It is no action: what it writes is
// for a person to review.
type generateCommand struct {
	PromptFile []string `group:"files" bare:"true" help:"The prompt file that rows of test data are proposed for. On the command line the flag may be left out."`
	Output     string   `group:"files" help:"Where the prompt file with the proposed rows is written. Nothing that is there is overwritten. By default NAME.proposed.prompt.yml beside NAME.prompt.yml."`

	Deployment string `group:"model" from:"AZURE_OPENAI_DEPLOYMENT" help:"The deployment that proposes; a large model proposes better rows. By default the model that the prompt file names, without its publisher."`

	Rules    string `group:"rows" default:"8" help:"The most rules that are read out of the prompt, up to 50."`
	Tests    string `group:"rows" default:"2" help:"How many rows are proposed for each rule, and as many that tempt to break it, up to 10."`
	Guidance string `group:"rows" help:"What to look at in particular, in words."`

	accessInputs
}

// A generation is what "keyless eval generate" does, checked.
type generation struct {
	access
	file    string
	plan    *propose.Plan
	options propose.Options
	output  string
}

// run proposes rows and writes them into a new file. What was proposed before
// something failed is written, too.
func (c *generateCommand) run(ctx context.Context, p Process, runner *actions.Runner, r *reader) error {
	standIn, err := c.standIn(r)
	if err != nil {
		return err
	}
	defer standIn.stop()
	if standIn != nil {
		r.note("emulate: the emulator in this process can't read a prompt, so it will propose nothing; keyless emulate --resource FILE gives answers that you write")
	}
	ws, err := runner.Workspace()
	if err != nil {
		return err
	}
	g, err := c.generation(r, ws, event(runner, r))
	r.warn(runner)
	if err != nil {
		return err
	}
	g.mask(runner)
	client, err := g.client(runner, r.getenv)
	if err != nil {
		return err
	}
	fresh, err := claimFresh(ws, g.output)
	if err != nil {
		return err
	}
	defer fresh.discard()
	if err := standIn.serve(ctx, []emulator.Deployment{deployment(g.options.Deployment, inference.Chat)}); err != nil {
		return err
	}
	runner.Logf("asking %s at %s for test rows%s", g.options.Deployment, g.endpoint, standIn.note())
	proposal, failed := g.plan.Propose(ctx, client.Ask, g.options)
	return errors.Join(g.keep(p, runner, fresh, proposal), failed)
}

// generation checks the inputs and reads the prompt file.
func (c *generateCommand) generation(r *reader, ws *actions.Workspace, event actions.Event) (*generation, error) {
	g := &generation{access: c.access(r, event)}
	model := c.read(r, ws, g)
	g.options = propose.Options{
		Deployment: strings.TrimSpace(cmp.Or(prompt.BareModel(c.Deployment), model, r.getenv("AZURE_OPENAI_DEPLOYMENT"))),
		Rules:      c.most(r, "rules", c.Rules, propose.MostRules),
		Tests:      c.most(r, "tests", c.Tests, propose.MostTests),
		Guidance:   strings.TrimSpace(c.Guidance),
	}
	if g.options.Deployment == "" && g.plan != nil {
		r.mistake("deployment", "is required (or set AZURE_OPENAI_DEPLOYMENT, or model in the prompt file): the name you gave the model when you deployed it")
	}
	return g, r.err()
}

// most is a whole number up to a limit.
func (c *generateCommand) most(r *reader, name, input string, limit int64) int {
	n := r.count(name, input)
	if n == nil {
		return 0
	}
	if *n > limit {
		r.mistake(name, "%d is more than %d", *n, limit)
	}
	return int(min(*n, limit))
}

// read reads the prompt file, as an evaluation would, and returns the model that it
// names.
func (c *generateCommand) read(r *reader, ws *actions.Workspace, g *generation) (model string) {
	paths := lines(c.PromptFile)
	if len(paths) != 1 || !prompt.IsPromptFile(paths[0]) {
		r.mistake("prompt-file", "name one prompt file, whose name ends in .prompt.yml or .prompt.yaml")
		return ""
	}
	g.output = cmp.Or(strings.TrimSpace(c.Output), proposed(paths[0]))
	if !prompt.IsPromptFile(g.output) {
		r.mistake("output", "%s is no name of a prompt file: let it end in .prompt.yml", g.output)
	}
	src, err := ws.ReadFile(paths[0])
	if err != nil {
		r.mistake("prompt-file", "reading %s: %w", paths[0], err)
		return ""
	}
	g.file, _ = ws.Rel(paths[0]) // as annotations want it
	suite, err := eval.Parse(g.file, src)
	if err != nil {
		r.join(err)
		return ""
	}
	g.plan, err = propose.Read(g.file, src)
	r.join(err)
	return prompt.BareModel(suite.Prompt.Model)
}

// proposed is the name of the new file beside the prompt file at path.
func proposed(path string) string {
	ending := len(".prompt.yml")
	if strings.HasSuffix(strings.ToLower(path), ".yaml") {
		ending++
	}
	return path[:len(path)-ending] + ".proposed" + path[len(path)-ending:]
}

// keep writes the rows there are, and tells what to do with them.
func (g *generation) keep(p Process, runner *actions.Runner, fresh *freshFile, all propose.Proposal) error {
	told := func(s string) { runner.Logf("%s", s) }
	if all.Usage.Total > 0 {
		told(fmt.Sprintf("it took %d tokens; %s", all.Usage.Total, all.Dropped))
	}
	if len(all.Rows) == 0 {
		return nil // why is in the error of the questions
	}
	text, short := g.plan.Write(all)
	if text == nil {
		return short
	}
	if err := fresh.save(text); err != nil {
		return errors.Join(err, short)
	}
	path := fresh.place.Path
	for _, note := range g.plan.Notes {
		told(note)
	}
	_, err := eval.Parse(path, text)
	for _, e := range document.Errors(err) {
		runner.Warningf("to be mended before it is evaluated: %v", e)
	}
	told(fmt.Sprintf("proposed rows: %d, for rules: %d. Review what each row expects, delete what is wrong, and then run: keyless eval %s", len(all.Rows), len(all.Rules), wire.Quote(path)))
	if !runner.OnGitHub() { // there standard output is the log, which commands the runner
		_, err := fmt.Fprintln(p.Stdout, path)
		return errors.Join(err, short)
	}
	return short
}

// A freshFile is a file that was not there, claimed before its content is paid for.
type freshFile struct {
	place *actions.Place
	file  *os.File
	full  bool
}

// claimFresh makes the file. What is at path already is a wrong call.
func claimFresh(ws *actions.Workspace, path string) (*freshFile, error) {
	place, err := ws.Place(path)
	if err != nil {
		return nil, &usageError{fmt.Errorf("output: %s: %w (nothing was sent)", path, err)}
	}
	file, err := place.Root.OpenFile(place.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		err = errors.New("the file is there already, and nothing is overwritten: name another one, or remove it")
	}
	if err != nil {
		place.Close()
		return nil, &usageError{fmt.Errorf("output: %s: %w (nothing was sent)", path, err)}
	}
	return &freshFile{place: place, file: file}, nil
}

// save writes the content.
func (f *freshFile) save(text []byte) error {
	f.full = true // also where it is only a part: it is paid for
	if _, err := f.file.Write(text); err != nil {
		return fmt.Errorf("writing %s: %w", f.place.Path, err)
	}
	f.place.Give(f.place.Name)
	return nil
}

// discard lets the file go, and removes it if nothing was written.
func (f *freshFile) discard() {
	f.file.Close()
	if !f.full {
		_ = f.place.Root.Remove(f.place.Name)
	}
	f.place.Close()
}
