package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/keyless-inference/action/actions"
)

// A reader turns what the user said into checked values and remembers every
// mistake, so that all of them are told at once.
type reader struct {
	getenv   func(string) string
	emulated bool // getenv is that of an emulator
	mistakes []error
	notes    []string // what is right but probably not meant
}

// mistake remembers what is wrong with the input name.
func (r *reader) mistake(name, format string, args ...any) {
	r.mistakes = append(r.mistakes, fmt.Errorf("%s: %w", name, fmt.Errorf(format, args...)))
}

// check remembers err, if it is one, as a mistake in the input name.
func (r *reader) check(name string, err error) {
	if err != nil {
		r.mistake(name, "%w", err)
	}
}

// join remembers err, if it is one, which names its place itself.
func (r *reader) join(err error) {
	if err != nil {
		r.mistakes = append(r.mistakes, err)
	}
}

// note remembers something to warn of.
func (r *reader) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// warn tells what is right but probably not meant.
func (r *reader) warn(runner *actions.Runner) {
	for _, note := range r.notes {
		runner.Warningf("%s", note)
	}
}

// noteIgnored warns of an input that was given and has no effect.
func (r *reader) noteIgnored(name string, given []string, why string) {
	if strings.TrimSpace(strings.Join(given, "")) != "" {
		r.note("%s is ignored: %s", name, why)
	}
}

// err is nil when no mistake was made.
func (r *reader) err() error {
	if len(r.mistakes) == 0 {
		return nil
	}
	return &usageError{errors.Join(r.mistakes...)}
}

// text is a one-line value: the input, else the environment variable, if any.
func (r *reader) text(input, variable string) string {
	if input = strings.TrimSpace(input); input != "" || variable == "" {
		return input
	}
	return strings.TrimSpace(r.getenv(variable))
}

// required is text that must not be empty.
func (r *reader) required(name, input, variable string) string {
	value := r.text(input, variable)
	switch {
	case value != "":
	case r.getenv("GITHUB_ACTIONS") == "true": // there an expression is empty, rather than a word forgotten
		r.mistake(name, "is required (or set %s); ${{ vars.%[1]s }} is empty where the repository has no such variable: gh variable set %[1]s", variable)
	default:
		r.mistake(name, "is required (or set %s)", variable)
	}
	return value
}

// count is a whole number of at least 1, or nil for none.
func (r *reader) count(name, input string) *int64 {
	if input = strings.TrimSpace(input); input == "" {
		return nil
	}
	n, err := strconv.ParseInt(input, 10, 64)
	if err != nil || n < 1 {
		r.mistake(name, "%q is not a whole number above 0", input)
		return nil
	}
	return &n
}

// number is a number from low to high, or nil for none.
func (r *reader) number(name, input string, low, high float64) *float64 {
	if input = strings.TrimSpace(input); input == "" {
		return nil
	}
	x, err := strconv.ParseFloat(input, 64)
	if err != nil || !(x >= low && x <= high) {
		r.mistake(name, "%q is not a number from %g to %g", input, low, high)
		return nil
	}
	return &x
}

// duration is a positive time such as 90s or 10m; a bare number is seconds.
func (r *reader) duration(name, input string) time.Duration {
	input = strings.TrimSpace(input)
	unit := input
	if _, err := strconv.ParseFloat(input, 64); err == nil {
		unit += "s"
	}
	d, err := time.ParseDuration(unit)
	if err != nil || d <= 0 {
		r.mistake(name, "%q is not a time such as 90s or 10m", input)
	}
	return d
}

// oneOf is one of the words, compared without case; the first is the default.
func (r *reader) oneOf(name, input string, words ...string) string {
	input = strings.TrimSpace(input)
	if input == "" {
		return words[0]
	}
	for _, w := range words {
		if strings.EqualFold(w, input) {
			return w
		}
	}
	r.mistake(name, "%q is not one of %s", input, strings.Trim(strings.Join(words, ", "), ", "))
	return words[0]
}
