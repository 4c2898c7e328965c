// Package page writes the results of an evaluation as a web page that is one file:
// style, script and results are in it, and nothing is loaded from anywhere.
//
// What prompt files and models say is hostile. It stands in the page as JSON in
// which no character means anything to HTML, and the page's script shows it as text
// and never as markup. Characters that can't be seen are shown by their numbers by
// the script, so the JSON is what the evaluation came to, byte for byte. Should the
// script have a mistake, the page's Content Security Policy remains: it names the
// one script and the one style that count, and forbids everything else, text that
// becomes markup included.
// https://www.w3.org/TR/CSP3/ and https://www.w3.org/TR/trusted-types/
package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/keyless-inference/action/eval"
)

// Options are what a page says beside the results. The zero value says nothing
// beside them.
type Options struct {
	Title   string    `json:"title"`         // the heading; "" takes the name in the results
	Version string    `json:"version"`       // of the program
	Run     string    `json:"run"`           // the address of the workflow run; it is linked if it is http or https
	Source  string    `json:"source"`        // the address that the path of a prompt file continues, such as https://github.com/octo-org/octo-repo/blob/main/; likewise
	Made    time.Time `json:"made,omitzero"` // when the results were made
}

//go:embed page.html
var frame string

//go:embed style.css
var style string

//go:embed script.js
var script string

// Write writes the page, the tests one at a time. Its errors are those of w and of
// what has no JSON, such as a score that is not a number.
func Write(w io.Writer, r eval.Results, o Options) error {
	before, after, _ := strings.Cut(fill(frame), "<!--data-->")
	tests := r.TestResults
	r.TestResults = nil
	for _, write := range []func() error{
		text(w, before),
		block(w, "results", map[string]any{"options": o, "results": r}),
		text(w, `<script type="application/json" id="tests">[`),
		list(w, tests),
		text(w, "]</script>\n"),
		text(w, after),
	} {
		if err := write(); err != nil {
			return fmt.Errorf("writing the page of the evaluation: %w", err)
		}
	}
	return nil
}

// fill puts style, script and their hashes into the frame.
func fill(frame string) string {
	return strings.NewReplacer(
		"STYLE-HASH", hash(style), "SCRIPT-HASH", hash(script),
		"/*style*/", style, "/*script*/", script,
	).Replace(frame)
}

// hash is the source by which a policy knows an inline script or style.
// https://www.w3.org/TR/CSP3/#grammardef-hash-source
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func text(w io.Writer, s string) func() error {
	return func() error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// block writes v as JSON that a script finds by its id. The encoder writes angle
// brackets, ampersands and U+2028 and U+2029 as escapes, so nothing in it ends the
// element. https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
func block(w io.Writer, id string, v any) func() error {
	return func() error {
		if _, err := fmt.Fprintf(w, `<script type="application/json" id=%q>`, id); err != nil {
			return err
		}
		if err := json.NewEncoder(w).Encode(v); err != nil {
			return err
		}
		_, err := io.WriteString(w, "</script>\n")
		return err
	}
}

// list writes tests as the elements of a JSON array, one to a line.
func list(w io.Writer, tests []eval.Test) func() error {
	return func() error {
		encoder, comma := json.NewEncoder(w), "\n"
		for _, test := range tests {
			if _, err := io.WriteString(w, comma); err != nil {
				return err
			}
			if err := encoder.Encode(test); err != nil {
				return err
			}
			comma = ","
		}
		return nil
	}
}
