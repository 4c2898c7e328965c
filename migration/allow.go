package migration

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/keyless-inference/action/migration/rule"
	"github.com/keyless-inference/action/migration/scan"
)

const (
	directive    = "keyless:allow"
	allowedRule  = "KL801"
	mostNotices  = 100    // of a file, about its comments
	mostComments = 10_000 // of a file; what follows allows nothing
)

// Allow takes from the findings of one file those that a comment in it allows,
// counts them, and adds findings of KL801 about comments that allow nothing. text
// is the file, today the date (UTC). A comment begins with keyless:allow, in any
// language:
//
//	key = os.environ["AZURE_OPENAI_API_KEY"]  # keyless:allow KL302 until=2027-01-31 reason=moves in January
//
//	// keyless:allow KL301,KL302 reason="a test of the old client"
//	client := azopenai.NewClientWithKeyCredential(endpoint, key, nil)
//
// It holds for its line; alone on a line, also for the next line that is not
// such a comment. A finding of several lines is allowed on any of them. It needs
// rules and a reason, which is the rest of the comment. The date is the last on
// which it holds, and stands before the reason. A comment that lacks one, names
// an unknown rule, is malformed or expired is an error and allows nothing. One
// that nothing needs is information.
//
// Words that open a comment are #, //, /*, *, --, <!--, ;, %, (* and REM; in a
// notebook they stand within the strings, in Markdown only <!-- counts, so that
// examples are none. JSON has no comments: use .keylessignore.
//
// A file without such a comment costs one search.
func Allow(findings []Finding, name string, text []byte, today time.Time) (kept []Finding, ignored int) {
	if !bytes.Contains(text, []byte(directive)) {
		return findings, 0
	}
	allowed := allowances(name, text, today)
	kept = slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return allowed.takes(f) })
	return append(kept, allowed.notices(name)...), len(findings) - len(kept)
}

// Wanted are those of a file's matches that neither a comment in it nor the
// ignore file allows; ignore may be nil.
func Wanted(all []scan.Match, name string, text []byte, ignore *Ignore, today time.Time) []scan.Match {
	list := &allowList{}
	if bytes.Contains(text, []byte(directive)) {
		list = allowances(name, text, today)
	}
	return slices.DeleteFunc(slices.Clone(all), func(m scan.Match) bool {
		f := finding(m, name).At(text, m)
		return list.takes(f) || ignore.Ignores(f)
	})
}

// An allowance is one comment.
type allowance struct {
	line, column, end int
	match             string // what the fingerprint is made from
	rules             []string
	used              []bool // of each rule
	mistake           string // "" when it is good
}

// An allowList is the comments of a file, and which of them hold for a line.
type allowList struct {
	all  []*allowance
	line map[int][]*allowance
}

// allowances finds the comments of a file.
func allowances(name string, text []byte, today time.Time) *allowList {
	list := &allowList{line: map[int][]*allowance{}}
	var waiting []*allowance // alone on their lines, for the next line
	n := 0
	for line := range bytes.Lines(text) {
		n++
		at := bytes.Index(line, []byte(directive))
		if len(list.all) == mostComments {
			at = -1
		}
		if at < 0 && waiting == nil {
			continue
		}
		c, ok := readComment(name, line, at)
		if !ok {
			list.line[n] = append(list.line[n], waiting...)
			waiting = nil
			continue
		}
		a := c.allowance(today)
		a.line, a.column, a.end = n, at+1, at+1+len(c.text)
		list.all = append(list.all, a)
		list.line[n] = append(list.line[n], a)
		if c.alone {
			waiting = append(waiting, a)
		} else {
			list.line[n] = append(list.line[n], waiting...)
			waiting = nil
		}
	}
	return list
}

// takes reports whether a finding is allowed.
func (l *allowList) takes(f Finding) (yes bool) {
	for n := f.Line; n <= max(f.Line, f.EndLine); n++ {
		for _, a := range l.line[n] {
			if i := slices.Index(a.rules, f.Rule); i >= 0 && a.mistake == "" {
				a.used[i], yes = true, true
			}
		}
	}
	return yes
}

// notices are the findings about the comments themselves.
func (l *allowList) notices(name string) (all []Finding) {
	count := 0
	for _, a := range l.all {
		f, ok := a.notice(name)
		if !ok {
			continue
		}
		if count++; count <= mostNotices {
			all = append(all, f)
		}
	}
	if more := count - mostNotices; more > 0 {
		all[len(all)-1].Message += fmt.Sprintf(" (and %d more such comments in this file)", more)
	}
	return all
}

// notice is the finding about a comment; ok is false for one that is good and
// needed.
func (a *allowance) notice(name string) (f Finding, ok bool) {
	severity, message, fix := rule.Error, "keyless:allow "+a.mistake+", so it allows nothing", "Write keyless:allow RULE until=YYYY-MM-DD reason=…, or mend the finding."
	if a.mistake == "" {
		var idle []string
		for i, id := range a.rules {
			if !a.used[i] {
				idle = append(idle, id)
			}
		}
		if idle == nil {
			return f, false
		}
		severity, message, fix = rule.Info, "keyless:allow "+strings.Join(idle, ", ")+" is not needed: nothing of that is found here", "Remove it."
	}
	f = Finding{
		Rule: allowedRule, Severity: severity, File: name, Line: a.line, Column: a.column, EndLine: a.line, EndColumn: a.end,
		Message: message, Fix: fix,
	}
	return f.Seal(a.match), true
}

// A comment is one with the directive.
type comment struct {
	text  string // from the directive to the end
	alone bool   // on its line
}

// opener is what may stand before the directive.
var opener = regexp.MustCompile(`(?:#|//[/!]?|[/(]?\*+|--|<!--|;|%|(?:^|\s)(?i:rem)\s)\s*$`)

// readComment reads the comment in a line, whose directive is at an offset; ok is
// false where that is not at the beginning of a comment.
func readComment(name string, line []byte, at int) (c comment, ok bool) {
	if at < 0 {
		return c, false
	}
	start := max(0, at-1000) // a longer beginning is code
	before, text := string(line[start:at]), strings.TrimRight(string(line[at:]), "\r\n")
	if path.Ext(name) == ".ipynb" { // "source": ["# keyless:allow KL301\n", "…"]
		before = strings.TrimLeft(before, " \t\"")
		text = strings.TrimSuffix(strings.TrimRight(text, " \t,\"]}"), `\n`)
	}
	next := strings.TrimPrefix(text, directive)
	open := opener.FindString(before)
	switch {
	case open == "", next != "" && !strings.ContainsAny(next[:1], " \t*-"):
		return c, false
	case isDocument(name) && !strings.HasPrefix(open, "<!--"):
		return c, false
	}
	end := len(text)
	for _, closer := range []string{"*/", "-->", "--}}", "*)", "#>"} {
		if i := strings.Index(text, closer); i >= 0 {
			end = min(end, i)
		}
	}
	rest := strings.Trim(text[end:], " \t*/->}#)")
	alone := start == 0 && rest == "" && strings.Trim(strings.TrimSuffix(before, open), " \t{<!-") == ""
	return comment{strings.TrimRight(text[:end], " \t"), alone}, true
}

// isDocument reports whether a file is Markdown for people. Those among the
// workflows are programs.
func isDocument(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return (ext == ".md" || ext == ".markdown") && !strings.HasPrefix(name, ".github/workflows/")
}

var (
	untilLate = regexp.MustCompile(`\suntil=`)
	isID      = regexp.MustCompile(`^KL[0-9]{1,4}$`)
)

// allowance reads the words of a comment. A mistake quotes none of them but ids
// and dates: anything could stand there.
func (c comment) allowance(today time.Time) *allowance {
	a := &allowance{match: c.text}
	words, reason, reasoned := strings.Cut(" "+strings.TrimPrefix(c.text, directive), " reason=")
	until := ""
	for word := range strings.FieldsFuncSeq(words, func(c rune) bool { return c == ' ' || c == '\t' || c == ',' }) {
		switch date, dated := strings.CutPrefix(word, "until="); {
		case dated:
			until = date
		case rule.Known(word) && word != allowedRule:
			a.rules = append(a.rules, word)
		case isID.MatchString(word):
			a.mistake = "names " + word + ", which is no rule that can be allowed"
		default:
			a.mistake = "has a word that is neither a rule nor until= nor reason="
		}
	}
	a.used = make([]bool, len(a.rules))
	quoted, after, ends := cutQuoted(reason)
	switch {
	case a.mistake != "":
	case len(a.rules) == 0:
		a.mistake = "names no rule"
	case !reasoned || strings.TrimSpace(quoted) == "":
		a.mistake = "gives no reason"
	case untilLate.MatchString(" "+after) || !ends && untilLate.MatchString(reason):
		a.mistake = "has until= behind the reason"
	case until != "" || strings.Contains(words, "until="):
		a.mistake = expired(until, today)
	}
	return a
}

// cutQuoted takes the quotes off a reason, and tells what stands behind them.
func cutQuoted(reason string) (text, after string, quoted bool) {
	if reason != "" && strings.Contains("\"'", reason[:1]) {
		if text, after, quoted = strings.Cut(reason[1:], reason[:1]); quoted {
			return text, after, true
		}
	}
	return strings.Trim(reason, "\"'"), "", false
}

// expired says what is wrong with a date, "" for nothing.
func expired(until string, today time.Time) string {
	switch last, err := time.Parse(time.DateOnly, until); {
	case err != nil:
		return "has a date that is not written YYYY-MM-DD"
	case today.UTC().Format(time.DateOnly) > last.Format(time.DateOnly):
		return "ended on " + until
	}
	return ""
}
