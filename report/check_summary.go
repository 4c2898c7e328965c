package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/sink"
)

const (
	checkHeading  = "### Keyless Inference: migration check\n\n"
	summaryLimit  = 1 << 20
	mostFindings  = 50  // rows of one group
	mostRepos     = 200 // rows
	mostSources   = 50  // rows
	checkEndRoom  = 2_000
	longestPhrase = 300 // UTF-16 units of a message in a cell
)

// groups in the order in which their findings should be worked off.
func groups() []rule.Group {
	return []rule.Group{rule.Rotate, rule.Delete, rule.Workflows, rule.Code, rule.Config, rule.Infra, rule.Roles, rule.Housework}
}

// CheckSummary is the Markdown of a job summary: the outcome; of an organization
// how far each repository is; the findings by what is to be done next, with links
// to the files and to the rules' pages; and what became of each source.
// Everything that came from outside is made harmless by package sink.
//
// It is at most o.Limit bytes long. Of a group 50 findings are shown, or fewer
// when there is no room, and the rest is counted.
func CheckSummary(r migration.Report, o CheckOptions) string {
	room := cmp.Or(o.Limit, summaryLimit) - checkEndRoom
	icon := map[Outcome]string{Passed: "✅", Found: "❌", Incomplete: "⚠️"}[o.Outcome(r)]
	text := checkHeading + icon + " **" + capital(o.Verdict(r)) + "**"
	if counts := tally(r.Findings); counts != "" && r.Count(o.threshold()) > 0 {
		text += " (" + counts + ")"
	}
	text += ".\n\n"
	if len(text) > room {
		return ""
	}
	end := ""
	if note := aside(r); note != "" {
		end = note + "\n"
	}
	parts := []func(migration.Report, int) string{checkRepositories, o.findings, checkSources}
	for i, part := range parts {
		// Each leaves some room for those behind it.
		text += part(r, (room-len(text))*3/(3+len(parts)-1-i))
	}
	return text + end
}

func capital(text string) string {
	return strings.ToUpper(text[:min(1, len(text))]) + text[min(1, len(text)):]
}

// grid is a table of at most so many rows and bytes, and a line that counts the
// rest.
func grid(head []string, rows [][]string, most, room int, noun string) string {
	line := func(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }
	var b strings.Builder
	b.WriteString(line(head))
	b.WriteString(strings.Repeat("| --- ", len(head)) + "|\n")
	shown := 0
	for _, row := range rows {
		text := line(row)
		if shown == most || b.Len()+len(text)+checkRest > room {
			break
		}
		b.WriteString(text)
		shown++
	}
	if shown == 0 {
		b.Reset()
	}
	if rest := len(rows) - shown; rest > 0 {
		fmt.Fprintf(&b, "\n*%s more.*\n", plural(rest, noun))
	}
	return b.String() + "\n"
}

const checkRest = 60 // bytes of the line that counts the rest

// findings are the tables of findings.
func (o CheckOptions) findings(r migration.Report, room int) string {
	rules := map[string]rule.Rule{}
	for _, one := range rule.All() {
		rules[one.ID] = one
	}
	byGroup := map[rule.Group][]migration.Finding{}
	for _, f := range r.Findings {
		group := cmp.Or(rules[f.Rule].Group, rule.Housework)
		byGroup[group] = append(byGroup[group], f)
	}
	var b strings.Builder
	for _, group := range groups() {
		all := byGroup[group]
		if len(all) == 0 {
			continue
		}
		slices.SortStableFunc(all, func(a, b migration.Finding) int { return cmp.Compare(b.Severity, a.Severity) })
		title := fmt.Sprintf("#### %s (%s)\n\n", group, thousands(int64(len(all))))
		if b.Len()+len(title)+2*checkRest+headRoom > room {
			fmt.Fprintf(&b, "*%s (%s): there was no room.*\n\n", group, plural(len(all), "finding"))
			continue
		}
		b.WriteString(title + grid([]string{"Rule", "Place", "What", "What to do"}, o.rows(all), mostFindings, room-b.Len()-len(title), "finding"))
	}
	return b.String()
}

const headRoom = 100 // bytes of the head of a table

// rows are the rows of findings, as many as a table can have.
func (o CheckOptions) rows(findings []migration.Finding) [][]string {
	rows := make([][]string, len(findings))
	for i, f := range findings[:min(len(findings), mostFindings)] {
		rows[i] = []string{severityIcon(f.Severity) + " " + ruleLink(f.Rule), o.place(f), phrase(f.Message), phrase(f.Fix)}
	}
	return rows
}

func severityIcon(s rule.Severity) string {
	return map[rule.Severity]string{rule.Error: "❌", rule.Warning: "⚠️"}[s] + map[bool]string{true: "ℹ️"}[s < rule.Warning]
}

// ruleLink links to the page of a rule.
func ruleLink(id string) string {
	if !rule.Known(id) {
		return short(id)
	}
	return "[" + id + "](" + rulePages + id + ".md)"
}

// phrase is a message in a cell.
func phrase(text string) string {
	head, cut := sink.Cut(text, longestPhrase)
	if cut {
		head += "…"
	}
	return sink.Inline(head)
}

// place is where a finding is, as a link to the file if it is in one of the
// checkout. What is in the history has a commit for its place, and the file may
// be gone.
func (o CheckOptions) place(f migration.Finding) string {
	switch {
	case f.File == "":
		return phrase(f.Place)
	case f.Place != "":
		return code(f.File) + ", " + phrase(f.Place)
	}
	name, lines := f.File, ""
	if f.Line > 0 {
		line := strconv.Itoa(f.Line)
		name, lines = name+":"+line, "#L"+line
	}
	repository, commit := o.Repository, o.Commit
	if f.Repository != "" {
		repository, commit, name = f.Repository, "HEAD", f.Repository+": "+name
	}
	text := code(name)
	if o.Server == "" || commit == "" || !strings.Contains(repository, "/") { // without it, it is a folder's name
		return text
	}
	return "[" + text + "](" + strings.TrimRight(o.Server, "/") + "/" + pathURL(repository) + "/blob/" + pathURL(commit) + "/" + pathURL(f.File) + lines + ")"
}

// checkSources is the table of what became of each source. Of many, those that
// were not looked at are in it.
func checkSources(r migration.Report, room int) string {
	if len(r.Sources) == 0 {
		return ""
	}
	listed := slices.Clone(r.Sources)
	slices.SortStableFunc(listed, func(a, b migration.Status) int { return cmp.Compare(rank(a), rank(b)) })
	looked, note := 0, ""
	if len(listed) > mostLooked {
		listed = unseen(r)
		looked = len(r.Sources) - len(listed)
		note = "Looked at: " + plural(looked, "source") + ".\n\n"
	}
	if len(listed) == 0 {
		return note
	}
	var rows [][]string
	for _, s := range listed {
		rows = append(rows, []string{phrase(s.Name), stateIcon(s) + " " + short(string(s.State)), phrase(s.Why)})
	}
	const title = "#### Where it looked\n\n"
	if room < len(title)+len(note)+headRoom+checkRest {
		return ""
	}
	return title + note + grid([]string{"Source", "State", "Why"}, rows, mostSources, room-len(title)-len(note), "source")
}

func stateIcon(s migration.Status) string { return []string{"❌", "⚠️", "⏭️", "✅"}[rank(s)] }

// checkRepositories says of an organization how far it is, and each of its
// repositories; the gravest come first.
func checkRepositories(r migration.Report, room int) string {
	all := repositories(r)
	if !ofMany(all) {
		return ""
	}
	rows := [][]string{}
	slices.SortStableFunc(all, func(a, b repository) int { return slices.Compare(b.grades(), a.grades()) })
	for _, one := range all {
		complete := "✅ all"
		if one.missing() {
			complete = "❌ " + thousands(int64(len(one.unseen))) + " not looked at"
		}
		grades := one.grades()
		row := []string{code(one.name), count(int64(grades[0])), count(int64(grades[1])), count(int64(grades[2])), complete}
		rows = append(rows, row)
	}
	title := bar(all) + progress(all) + ".\n\n"
	if room < len(title)+headRoom+checkRest {
		return ""
	}
	return title + grid([]string{"Repository", "Errors", "Warnings", "Notes", "Sources"}, rows, mostRepos, room-len(title), "repository")
}

// grades are the numbers of errors, warnings and notes.
func (one repository) grades() []int {
	n := make([]int, 3)
	for _, f := range one.findings {
		n[min(2, max(0, int(rule.Error-f.Severity)))]++
	}
	return n
}

// bar shows how far an organization is.
func bar(repositories []repository) string {
	const width = 20
	done, all := through(repositories)
	full := done * width / max(1, all)
	return fmt.Sprintf("%s%s %d %%: ", strings.Repeat("█", full), strings.Repeat("░", width-full), done*100/max(1, all))
}
