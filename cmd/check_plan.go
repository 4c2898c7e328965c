package cmd

import (
	"cmp"
	"errors"
	"io/fs"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/report"
)

// checkPlan is what "keyless check" does, checked.
type checkPlan struct {
	sources  []migration.Source
	baseline migration.Baseline
	in       *checkCommand
	options  report.CheckOptions
	sarif    report.SARIFOptions
	writes   claims
	ws       *actions.Workspace
	ignore   *migration.Ignore // of the workspace; nil for an organization
}

// plan checks all inputs. The error holds every mistake there is; nothing has
// been looked at then.
func (c *checkCommand) plan(p Process, runner *actions.Runner, r *reader) (*checkPlan, error) {
	ws, err := runner.Workspace()
	if err != nil {
		return nil, err
	}
	plan := &checkPlan{in: c, ws: ws, options: c.options(r), sarif: report.SARIFOptions{Version: p.Version, Anchor: workflowFile(r.getenv)}}
	plan.baseline = c.readBaseline(r, ws)
	c.checkTogether(r, ws)
	plan.ignore = readIgnore(r, ws)
	all, none := c.span(r)
	look := looker{checkCommand: c, p: p, runner: runner, r: r, ws: ws, asked: c.asked(r), event: event(runner, r), ignore: plan.ignore, all: all, none: none}
	look.names, err = migration.ParseNames(c.SecretNames)
	r.check("secret-names", err)
	if org := strings.TrimSpace(c.Org); org != "" {
		plan.ignore = nil // each repository has its own
		plan.sources = look.organization(org)
	} else {
		plan.sources = look.repository()
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	plan.writes, err = claimAll(ws, c.files(), "nothing was looked at")
	return plan, err
}

// checkTogether remembers the inputs that don't go together.
func (c *checkCommand) checkTogether(r *reader, ws *actions.Workspace) {
	org := strings.TrimSpace(c.Org) != ""
	for _, pair := range []struct {
		wrong     bool
		name, why string
	}{
		{c.Write && !c.Fix, "write", "goes with fix: --fix --write"},
		{c.Fix && c.JSON, "fix", "doesn't go with json, since both are printed: make two calls"},
		{c.Fix && org, "fix", "doesn't go with org: run the check in a checkout of each repository"},
		{org && strings.TrimSpace(c.Sources) != "", "sources", "doesn't go with org, which looks at the files and, through GitHub's API, at the secrets and variables"},
	} {
		if pair.wrong {
			r.mistake(pair.name, "%s", pair.why)
		}
	}
	apart(r, ws, c.files())
}

// options are what the outcome depends on.
func (c *checkCommand) options(r *reader) report.CheckOptions {
	least, err := rule.ParseSeverity(strings.TrimSpace(c.Severity))
	r.check("severity", err)
	return report.CheckOptions{
		Threshold: least, AllowIncomplete: c.AllowIncomplete,
		Server: r.getenv("GITHUB_SERVER_URL"), Repository: r.getenv("GITHUB_REPOSITORY"), Commit: r.getenv("GITHUB_SHA"),
	}
}

// workflowFile is the file of the running workflow, "" where that is not known.
// https://docs.github.com/actions/reference/workflows-and-actions/variables
func workflowFile(getenv func(string) string) string {
	path, _, _ := strings.Cut(getenv("GITHUB_WORKFLOW_REF"), "@") // OWNER/NAME/.github/workflows/FILE@REF
	return strings.TrimPrefix(path, getenv("GITHUB_REPOSITORY")+"/")
}

// readIgnore reads the ignore file of the workspace, if there is one.
func readIgnore(r *reader, ws *actions.Workspace) *migration.Ignore {
	raw, err := ws.ReadFile(migration.IgnoreFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		r.mistake(migration.IgnoreFile, "%w", err)
		return nil
	}
	ignore, err := migration.ParseIgnore(migration.IgnoreFile, raw)
	r.join(err)
	return ignore
}

// files are the inputs that name a file to write, with what they name.
func (c *checkCommand) files() []namedFile {
	return named([]namedFile{{"write-baseline", c.WriteBaseline}, {"sarif-file", c.SarifFile}, {"csv-file", c.CSVFile}})
}

// sourceNames are what the input sources may name.
var sourceNames = []string{"tree", "history", "job", "github", "azure"}

// asked are the sources that must be looked at; nil where the user named none.
func (c *checkCommand) asked(r *reader) map[string]bool {
	named := strings.FieldsFunc(c.Sources, func(x rune) bool { return strings.ContainsRune(", \t\r\n", x) })
	if len(named) == 0 {
		return nil
	}
	all := map[string]bool{}
	for _, name := range named {
		all[r.oneOf("sources", name, sourceNames...)] = true
	}
	return all
}

// span is what is looked at of the history: all, none, or in neither case what is new.
func (c *checkCommand) span(r *reader) (all, none bool) {
	text := strings.TrimSpace(c.History)
	if text == "" {
		return false, false
	}
	all, err := boolean(text)
	r.check("history", err)
	return all, !all
}

// readBaseline reads the baseline that is compared with; none is empty. One that
// is to be written anew need not be there yet.
func (c *checkCommand) readBaseline(r *reader, ws *actions.Workspace) migration.Baseline {
	path := strings.TrimSpace(cmp.Or(c.Baseline, c.WriteBaseline))
	if path == "" {
		return migration.Baseline{}
	}
	raw, err := ws.ReadFile(path)
	if c.Baseline == "" && errors.Is(err, fs.ErrNotExist) {
		return migration.Baseline{}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("there is no such file; this writes one: keyless check --write-baseline " + path)
	}
	if err != nil {
		r.mistake("baseline", "reading %s: %w", path, err)
		return migration.Baseline{}
	}
	b, err := migration.ReadBaseline(path, strings.NewReader(string(raw)))
	r.check("baseline", err)
	return b
}

// A looker makes the sources out of the inputs.
type looker struct {
	*checkCommand
	p      Process
	runner *actions.Runner
	r      *reader
	ws     *actions.Workspace
	names  migration.Names
	event  actions.Event
	asked  map[string]bool // nil: whatever can be looked at is
	all    bool            // of the history
	none   bool
	ignore *migration.Ignore
}

// wants reports whether a source is looked at, if it can be.
func (l *looker) wants(name string) bool { return l.asked == nil || l.asked[name] }

// repository are the sources of one repository.
func (l *looker) repository() (all []migration.Source) {
	for _, s := range []struct {
		name string
		open func() migration.Source
	}{{"tree", l.tree}, {"history", l.history}, {"job", l.job}, {"github", l.github}, {"azure", l.azure}} {
		if !l.wants(s.name) && (s.name != "history" || !l.all) {
			all = append(all, l.skipped(s.name, "the input sources does not name it"))
		} else if source := s.open(); source != nil {
			all = append(all, source)
		}
	}
	return all
}
