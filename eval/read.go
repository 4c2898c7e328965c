package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"

	"github.com/keyless-inference/action/document"
)

// Read reads results that were written as JSON, by this program or by "gh models eval
// --json", whose tests get their verdict here. name is for errors, which are
// [document.Error]; keys that are not known are passed over. How long src may be is
// for the caller to say.
func Read(name string, src []byte) (Results, error) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if at := document.InvalidUTF8(src); at < len(src) {
		return Results{}, mistake(name, src, at, "this is no UTF-8, which JSON must be; PowerShell's > writes UTF-16, and Out-File -Encoding utf8 doesn't")
	}
	var given struct {
		TestResults json.RawMessage `json:"testResults"`
	}
	var r Results
	err := json.Unmarshal(src, &given)
	if err == nil && given.TestResults == nil {
		return Results{}, document.NewError(name, document.Place{}, "there is no testResults: these are not the results of an evaluation")
	}
	if err == nil {
		err = json.Unmarshal(src, &r)
	}
	if err != nil {
		return Results{}, unreadable(name, src, err)
	}
	for i := range r.TestResults {
		r.TestResults[i].complete()
	}
	r.TestResults = orEmpty(r.TestResults)
	return r, nil
}

// complete settles a test that has no verdict, as gh-models knows none.
func (t *Test) complete() {
	if !slices.Contains([]Verdict{Passed, Failed, Errored, Unjudged, Unasked}, t.Verdict) {
		t.Settle()
	}
}

// unreadable says where src stops being JSON, or results.
func unreadable(name string, src []byte, err error) error {
	syntax, kind := (*json.SyntaxError)(nil), (*json.UnmarshalTypeError)(nil)
	switch {
	case errors.As(err, &syntax):
		at := int(syntax.Offset) - 1
		if rest := bytes.TrimSpace(src[:max(0, min(at, len(src)))]); json.Valid(rest) {
			return mistake(name, src, at, "there is more than one JSON document: results are one, and a file of JSON Lines is none")
		}
		return mistake(name, src, at, "this is no JSON: %w", err)
	case errors.As(err, &kind) && kind.Field != "":
		return mistake(name, src, int(kind.Offset)-1, "%s can't be %s", kind.Field, article(kind.Value))
	case errors.As(err, &kind):
		return mistake(name, src, int(kind.Offset)-1, "the results of an evaluation are an object, not %s", article(kind.Value))
	}
	return document.NewError(name, document.Place{}, "reading results: %w", err)
}

// article is a kind of JSON as a word for people.
func article(kind string) string {
	if kind == "array" || kind == "object" {
		return "an " + kind
	}
	return "a " + kind
}

// mistake is an error at an offset of src.
func mistake(name string, src []byte, offset int, format string, args ...any) error {
	before := src[:max(0, min(offset, len(src)))]
	line := before[1+bytes.LastIndexByte(before, '\n'):]
	at := document.Place{Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + utf8.RuneCount(line)}
	return document.NewError(name, at, format, args...)
}
