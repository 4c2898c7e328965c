package migration

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/keyless-inference/action/migration/rule"
)

// IgnoreFile is the name of the file that says what is ignored, in the root of
// the checkout.
const IgnoreFile = ".keylessignore"

// An Ignore says what findings are not wanted. Its lines are those of a
// .gitignore, and the ids of rules may stand behind a pattern:
//
//	# all of the samples
//	samples/
//	# one rule, in some files
//	infra/legacy/** KL501 KL503
//	# one rule, everywhere
//	KL103
//	# but not here
//	!src/** KL103
//
// A line with rules holds for those alone. For each rule the last line that
// matches decides, as if the others were not there. A line of rules alone holds
// for findings that are in no file, too; a file that is named like a rule is
// written "/KL103". The zero value ignores nothing.
type Ignore struct{ lines []ignoreLine }

// An ignoreLine is one line.
type ignoreLine struct {
	pattern
	everywhere bool     // it has no pattern, only rules
	rules      []string // empty for all
}

var (
	ruleLine = regexp.MustCompile(`^(!|.*?\s|)((?i:KL)[0-9]+(?:[\s,]+(?i:KL)[0-9]+)*)[\s,]*(?:\s#.*)?$`)
	aComment = regexp.MustCompile(`\s#`)
)

// ParseIgnore reads an ignore file, whose name is for errors. They tell all
// mistakes with their lines: rules that there are not, and comments behind a
// pattern, which gitignore would take as a part of it. What is good is returned
// beside them.
func ParseIgnore(name string, text []byte) (*Ignore, error) {
	ignore := &Ignore{}
	var mistakes []error
	n := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		n++
		one, ok, err := parseIgnoreLine(strings.TrimSuffix(line, "\r"))
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("%s:%d: %w", name, n, err))
		}
		if ok {
			ignore.lines = append(ignore.lines, one)
		}
	}
	return ignore, errors.Join(mistakes...)
}

func parseIgnoreLine(line string) (one ignoreLine, ok bool, err error) {
	if strings.HasPrefix(line, "#") {
		return one, false, nil
	}
	line, words := cutRules(line)
	for _, word := range words {
		if !rule.Known(word) {
			return one, false, fmt.Errorf("there is no rule %s", word)
		}
	}
	one.rules = words
	if one.everywhere = strings.Trim(line, " !") == "" && len(words) > 0; one.everywhere {
		one.negated = strings.Contains(line, "!")
		return one, true, nil
	}
	if aComment.MatchString(line) {
		return one, false, errors.New(`a comment needs a line of its own; if " #" belongs to the name, write " \#"`)
	}
	one.pattern, ok = parsePattern(line)
	return one, ok, nil
}

// cutRules takes the rules from the end of a line, with a comment behind them.
// "!KL103" is a rule, too, whose exclamation mark stays on the line.
func cutRules(line string) (rest string, rules []string) {
	m := ruleLine.FindStringSubmatch(line)
	if m == nil {
		return line, nil
	}
	return m[1], strings.FieldsFunc(m[2], func(c rune) bool { return c == ',' || unicode.IsSpace(c) })
}

// Ignores reports whether a finding is ignored.
func (ig *Ignore) Ignores(f Finding) bool { return ig != nil && ig.ignores(f.File, f.Rule) }

// Excludes reports whether everything that could be found in a file is ignored,
// so that it need not be read. A path that ends with a slash is that of a
// directory.
func (ig *Ignore) Excludes(path string) bool {
	if ig == nil || len(ig.lines) == 0 || !ig.ignores(path, "") {
		return false
	}
	for _, line := range ig.lines {
		for _, id := range line.rules {
			if line.negated && !ig.ignores(path, id) {
				return false
			}
		}
	}
	return true
}

// ignores reports whether a rule's findings in a file are ignored; path is ""
// for no file, id is "" for all rules.
func (ig *Ignore) ignores(path, id string) bool {
	last := func(name string, dir bool) (ignored, decided bool) {
		for _, line := range slices.Backward(ig.lines) {
			if (len(line.rules) == 0 || slices.Contains(line.rules, id)) && line.holds(name, dir) {
				return !line.negated, true
			}
		}
		return false, false
	}
	return named(path, last)
}

// holds reports whether the line is about a file or directory, or about all.
// A rule that is ignored everywhere can be had back within a directory, so it
// says nothing about directories.
func (line ignoreLine) holds(name string, dir bool) bool {
	if line.everywhere {
		return !dir
	}
	return name != "" && line.matches(name, dir)
}

// empty reports whether nothing is ignored.
func (ig *Ignore) empty() bool { return ig == nil || len(ig.lines) == 0 }
