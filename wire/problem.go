package wire

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
)

// A Problem is an error told to the person who has to act on it.
type Problem struct {
	What string // what failed, in one line: a gerund and its object, then the short reason
	Why  string // the cause, in the user's own values
	Fix  string // what to do; the exact commands, one a line
	Code string // what Fix sets right as it is declared in a file: Bicep, or a part of a workflow; "" where nothing is
	Page string // the address of the vendor's documentation; "" for none
	Err  error  // the error underneath, for errors.Is and errors.As
}

// Error returns What, and Why and Fix on indented lines of their own where they
// are not empty, with every token cut out. A log is no place for the rest.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.What)
	for _, part := range []struct{ label, text string }{{"why", p.Why}, {"fix", p.Fix}} {
		if part.text != "" {
			b.WriteString("\n  " + part.label + ": " + strings.ReplaceAll(part.text, "\n", "\n       "))
		}
	}
	return Redact(b.String())
}

func (p *Problem) Unwrap() error { return p.Err }

// An Entry is one refusal as the catalogue of all that are known shows it: in place
// of somebody's own values its texts have words in angle brackets.
type Entry struct {
	Names []string // what the refusal is called, such as AADSTS700213, or HTTP 404 DeploymentNotFound
	Says  string   // the service's own words, as it sends them
	Problem
}

// Quote makes a text one word for a POSIX shell, in which nothing has a meaning.
//
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// A Step is a part of what mends something: words to read, or lines to type or to copy
// as they stand.
type Step struct {
	Language string // sh or yaml; "" for words
	Text     string // one or more lines, without a line feed at the end
}

// Steps takes the Fix of a [Problem] apart.
func Steps(fix string) (all []Step) {
	for line := range strings.SplitSeq(fix, "\n") {
		last := len(all) - 1
		language := ""
		switch {
		case strings.HasPrefix(line, "  ") && last >= 0:
			language = all[last].Language
		case typed.MatchString(line):
			language = "sh"
		case declared.MatchString(line):
			language = "yaml"
		}
		if last >= 0 && all[last].Language == language {
			all[last].Text += "\n" + line
		} else if line != "" {
			all = append(all, Step{language, line})
		}
	}
	return all
}

// The beginnings of lines that are typed, and of those that stand in a workflow.
var (
	typed    = regexp.MustCompile(`^(az|azd|gh|keyless|act|openssl|curl|nslookup|eval|export|kubectl|docker|ip) |^# `)
	declared = regexp.MustCompile(`^(permissions|endpoint|deployment|auth|environment):( |$)`)
)

// jwt finds what looks like a JSON Web Token (RFC 7519) or the beginning of
// one: base64url of `{"`, up to the end of the last of its dotted parts, and long
// words of the same letters behind it, since some servers fold what they quote.
var jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_=+/.-]*(\s+[A-Za-z0-9_=+/.-]{32,})*`)

// Redact replaces every JSON Web Token in s, whole or cut short, by "[token]".
func Redact(s string) string {
	if !strings.Contains(s, "eyJ") {
		return s
	}
	return jwt.ReplaceAllString(s, "[token]")
}

// Line makes words from outside fit for a line of a log or an error: in one line,
// without tokens, control characters and invisible ones, and at most n
// characters long.
func Line(s string, n int) string {
	if len(s) <= n && fits(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(Redact(s), ""))
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return string(runes)
}

// fits reports whether s is fit for a line as it is: words of ASCII, as ids,
// names and most messages are.
func fits(s string) bool {
	space := true // a space at either end is dropped, and a second one
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && space {
			return false
		}
		space = s[i] == ' '
	}
	return (s == "" || !space) && !strings.Contains(s, "eyJ")
}

// RedactError returns err with every token cut out of its text and its chain
// kept for errors.Is and errors.As. It returns err itself when there is nothing
// to cut, and nil for nil.
func RedactError(err error) error {
	return new(Secrets).CutError(err)
}

type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string        { return r.text }
func (r *redacted) Is(target error) bool { return errors.Is(r.err, target) }
func (r *redacted) As(target any) bool   { return errors.As(r.err, target) }
