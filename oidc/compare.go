package oidc

import (
	"fmt"
	"strings"
	"unicode"
)

// A Comparison shows where the subject of a token differs from the one that a
// federated credential has, character by character.
type Comparison struct {
	Sent, Registered string // each in one line, with what cannot be seen spelled out

	// SentMarks and RegisteredMarks have as many characters as the text above
	// them: ^ under what the other text does not have there, else a blank.
	SentMarks, RegisteredMarks string

	Differences []Difference // in words; none when the subjects are equal
}

// A Difference is one way in which two subjects differ.
type Difference struct {
	Kind string // in a word or two, such as "letter case", "branch" or, of the registered subject, "with numbers"
	Text string // a sentence
}

// String returns the texts with their marks, and each difference on a line.
func (c Comparison) String() string {
	var b strings.Builder
	for _, l := range [][3]string{{"sent:       ", c.Sent, c.SentMarks}, {"registered: ", c.Registered, c.RegisteredMarks}} {
		b.WriteString(l[0] + l[1] + "\n")
		if marks := strings.TrimRight(l[2], " "); marks != "" {
			b.WriteString(strings.Repeat(" ", len(l[0])) + marks + "\n")
		}
	}
	for _, d := range c.Differences {
		b.WriteString(d.Kind + ": " + d.Text + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// CompareSubjects compares the subject that a token has with the registered one.
// Entra compares them byte by byte.
//
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
func CompareSubjects(sent, registered string) Comparison {
	a, b := strings.ToValidUTF8(sent, "\ufffd"), strings.ToValidUTF8(registered, "\ufffd")
	inSent, inRegistered := diff(a, b)
	c := Comparison{Differences: differences(a, b)}
	c.Sent, c.SentMarks = show(a, inSent)
	c.Registered, c.RegisteredMarks = show(b, inRegistered)
	return c
}

// diff marks the runes in which a and b differ: part by part where both name a
// repository, so that a number more does not move all that follows.
func diff(a, b string) (inA, inB []bool) {
	s, ok := parseSubject(a)
	t, both := parseSubject(b)
	if !ok || !both {
		return diffPart([]rune(a), []rune(b))
	}
	other := t.parts()
	for i, part := range s.parts() {
		x, y := diffPart([]rune(part), []rune(other[i]))
		inA, inB = append(inA, x...), append(inB, y...)
	}
	return inA, inB
}

// diffPart marks every rune that differs in texts of one length; in others what
// is between their common beginning and end.
func diffPart(a, b []rune) (inA, inB []bool) {
	inA, inB = make([]bool, len(a)), make([]bool, len(b))
	if len(a) == len(b) {
		for i := range a {
			inA[i], inB[i] = a[i] != b[i], a[i] != b[i]
		}
		return inA, inB
	}
	from, end, shorter := 0, 0, min(len(a), len(b))
	for from < shorter && a[from] == b[from] {
		from++
	}
	for end < shorter-from && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	for i := from; i < max(len(a), len(b))-end; i++ {
		if i < len(a)-end {
			inA[i] = true
		}
		if i < len(b)-end {
			inB[i] = true
		}
	}
	return inA, inB
}

// show spells out what cannot be seen, and marks the characters of each rune.
func show(text string, marked []bool) (shown, marks string) {
	var s, m strings.Builder
	runes := []rune(text)
	for i, r := range runes {
		cell := string(r)
		if atEnd := i == 0 || i == len(runes)-1; r == ' ' && atEnd || hidden(r) {
			cell = fmt.Sprintf(`\u%04x`, r)
		}
		s.WriteString(cell)
		mark := " "
		if marked[i] {
			mark = "^"
		}
		m.WriteString(strings.Repeat(mark, len([]rune(cell))))
	}
	return s.String(), m.String()
}

// hidden are the runes that have no look or width of their own. A mark that goes on
// the letter before it is one of them here.
func hidden(r rune) bool {
	return r != ' ' && (!unicode.IsPrint(r) || unicode.In(r, unicode.Mn, unicode.Me))
}

// respellings are the ways in which subjects differ that mean the same to a
// person, with what takes the difference away.
var respellings = []struct {
	Difference
	undo func(string) string
}{
	{
		Difference{"invisible characters", "One of them has blanks or invisible characters that the other one does not have: register it anew, typed by hand."},
		func(s string) string { return strings.TrimSpace(strings.Map(visible, s)) },
	},
	{
		Difference{"slash at the end", "One of them ends with a slash."},
		func(s string) string { return strings.TrimRight(s, "/") },
	},
	{
		Difference{"%3A", "A colon inside a name is written %3A in GitHub's subjects, in capitals, and must be in the registered one."},
		func(s string) string { return strings.NewReplacer("%3A", ":", "%3a", ":").Replace(s) },
	},
	{
		Difference{"letter case", "They differ in upper and lower case alone, which Entra tells apart."},
		strings.ToLower,
	},
}

func visible(r rune) rune {
	if hidden(r) {
		return -1
	}
	return r
}

// respelled are the respellings without which a and b differ, if they are the same
// otherwise.
func respelled(a, b string) (all []Difference) {
	same := func(without int) bool {
		x, y := a, b
		for i, r := range respellings {
			if i != without {
				x, y = r.undo(x), r.undo(y)
			}
		}
		return x == y
	}
	if !same(-1) {
		return nil
	}
	for i, r := range respellings {
		if !same(i) {
			all = append(all, r.Difference)
		}
	}
	if all == nil { // more than one of them would do
		all = []Difference{respellings[0].Difference}
	}
	return all
}

// differences says in words how a, the subject sent, and b, the registered one,
// differ.
func differences(a, b string) []Difference {
	if a == b {
		return nil
	}
	all := respelled(a, b)
	if all == nil {
		s, ok := parseSubject(a)
		t, both := parseSubject(strings.TrimSpace(b))
		if ok && both {
			all = append(s.namesAgainst(t), s.formAgainst(t)...)
		} else {
			all = []Difference{otherKind(a, b, ok)}
		}
	}
	if strings.Contains(b, "*") {
		all = append(all, Difference{"wildcard", "The registered subject has a *, which stands for itself: only a flexible federated credential of an app registration knows patterns."})
	}
	return append(all, foreignLetters(a, b)...)
}

// otherKind is the difference of subjects of which at least one does not begin with a repository.
func otherKind(a, b string, repository bool) Difference {
	switch {
	case serviceAccount.MatchString(a) && serviceAccount.MatchString(b):
		return Difference{"service account", "They name another namespace or service account of the cluster."}
	case serviceAccount.MatchString(a) || serviceAccount.MatchString(b):
		return Difference{"service account", "One of them is a service account's of a Kubernetes cluster, the other one is not."}
	case repository:
		return Difference{"customized form", "The registered subject does not have the form that GitHub uses by itself (repo:OWNER/NAME:…), and the token's has."}
	}
	return Difference{"customized form", "The organization or repository has customized the token's subject, and the registered one must have it letter by letter."}
}

// namesAgainst compares owner and repository.
func (s subject) namesAgainst(t subject) (all []Difference) {
	names, others := s.owner+"/"+s.repo, t.owner+"/"+t.repo
	switch {
	case names == others:
	case strings.EqualFold(names, others):
		all = append(all, Difference{"letter case", fmt.Sprintf("The repository is %q in the token and %q in the registered subject, and Entra tells upper from lower case.", names, others)})
	default:
		all = append(all, Difference{"repository", fmt.Sprintf("The token is of the repository %q, the registered subject of %q.", names, others)})
	}
	switch {
	case s.ownerID == t.ownerID && s.repoID == t.repoID:
	case !t.immutable():
		all = append(all, Difference{"without numbers", "The token names owner and repository with their numbers, which GitHub does for repositories created, renamed or transferred after 2026-07-15; the registered subject has the names alone."})
	case !s.immutable():
		all = append(all, Difference{"with numbers", "The registered subject has the numbers of owner and repository, which the portal writes by itself; this repository's tokens have the names alone, until it is set to immutable subjects."})
	default:
		all = append(all, Difference{"other numbers", "The numbers of owner or repository differ: under the same name there is another repository now, or an owner of its own."})
	}
	return all
}

// formAgainst compares what follows the repository.
func (s subject) formAgainst(t subject) []Difference {
	switch {
	case s.prefix+s.value == t.prefix+t.value:
		return nil
	case s.form != t.form:
		return []Difference{{s.form + " against " + t.form, fmt.Sprintf("The token is for %s, the registered subject for %s.", s.place(), t.place())}}
	case s.value != t.value && strings.EqualFold(s.value, t.value):
		return []Difference{{"letter case", fmt.Sprintf("The %s is %q in the token and %q in the registered subject, and Entra tells upper from lower case.", s.form, s.value, t.value)}}
	}
	return []Difference{{s.form, fmt.Sprintf("The token has the %s %q, the registered subject %q.", s.form, s.value, t.value)}}
}

func (s subject) place() string {
	if s.value == "" {
		return "a " + s.form
	}
	return fmt.Sprintf("the %s %q", s.form, s.value)
}

// foreignLetters tells of the first letter that may only look like the one in its
// place.
func foreignLetters(a, b string) []Difference {
	x, y := []rune(a), []rune(b)
	for i := range min(len(x), len(y)) {
		if x[i] == y[i] {
			continue
		}
		if max(x[i], y[i]) > unicode.MaxASCII && unicode.IsLetter(x[i]) && unicode.IsLetter(y[i]) {
			return []Difference{{"other letters", fmt.Sprintf("At character %d the token has U+%04X and the registered subject U+%04X, which may look alike.", i+1, x[i], y[i])}}
		}
		break
	}
	return nil
}
