package document

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// An Error is one mistake and its place. What reads a document joins several of
// them with [errors.Join]; [Errors] takes them apart again.
type Error struct {
	File   string // the file as the user named it, or the input that held the document
	Line   int    // from 1; 0: the mistake is not in a particular line
	Column int    // from 1, in characters (Unicode code points); 0: no particular column
	Msg    string // what is wrong and what to do about it, without the place
	Err    error  // the error underneath, or nil; Msg contains its text
}

// NewError returns the mistake at a place of the file; the zero place is the file as
// a whole. A %w in format keeps the error underneath.
func NewError(file string, at Place, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{file, at.Line, at.Column, err.Error(), errors.Unwrap(err)}
}

// Error returns "file:line:column: message", without the parts that are not
// known.
func (e *Error) Error() string {
	var place []string
	if e.File != "" {
		place = append(place, e.File)
	}
	for _, n := range []int{e.Line, e.Column} {
		if n > 0 {
			place = append(place, strconv.Itoa(n))
		}
	}
	if len(place) == 0 {
		return e.Msg
	}
	return strings.Join(place, ":") + ": " + e.Msg
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// Errors returns every [*Error] in err, in order, however they were joined and
// wrapped.
func Errors(err error) []*Error {
	switch e := err.(type) {
	case *Error:
		return []*Error{e}
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, err := range e.Unwrap() {
			all = append(all, Errors(err)...)
		}
		return all
	case interface{ Unwrap() error }:
		return Errors(e.Unwrap())
	}
	return nil
}

// MaxErrors is how many mistakes are reported of one file. A person fixes no
// more at a time, and a hostile file can contain a hundred thousand.
const MaxErrors = 50

// Join joins errs, all of one file, in the order of their places. It returns
// nil if there are none.
func Join(errs []*Error) error {
	slices.SortStableFunc(errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	var all []error
	for _, e := range errs[:min(len(errs), MaxErrors)] {
		all = append(all, e)
	}
	if more := len(errs) - MaxErrors; more > 0 {
		all = append(all, &Error{File: errs[0].File, Msg: fmt.Sprintf("%d more mistakes", more)})
	}
	return errors.Join(all...)
}
