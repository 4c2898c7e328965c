package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/migration/scan"
)

// fix shows how files of the tree can be changed so that they need no key, or
// changes them.
func (plan *checkPlan) fix(runner *actions.Runner, p Process, found migration.Report) error {
	if !plan.in.Fix {
		return nil
	}
	var diffs strings.Builder
	var failed []error
	changed := 0
	for _, name := range fixable(found) {
		text, err := plan.fixFile(name)
		if err != nil {
			failed = append(failed, fmt.Errorf("fixing %s: %w", name, err))
			continue
		}
		if text != "" {
			diffs.WriteString(text)
			changed++
		}
	}
	switch {
	case changed == 0:
		runner.Logf("nothing can be rewritten safely; the findings say what to do by hand")
	case plan.in.Write:
		runner.Logf("rewritten: %s; review the change, set up what it needs (https://github.com/keyless-inference/action/blob/main/docs/check.md#mending), and run the check again", files(changed))
	default:
		runner.Logf("this would rewrite %s: --fix --write does it", files(changed))
	}
	if runner.OnGitHub() {
		runner.Fence("How the files can be written", diffs.String())
		return errors.Join(failed...)
	}
	if changed > 0 {
		_, err := fmt.Fprint(p.Stdout, "\n"+shown(p.Stdout, diffs.String()))
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// files is a number of files.
func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// fixable are the files of the checkout that have findings.
func fixable(r migration.Report) (files []string) {
	for _, f := range r.Findings {
		if inCheckout(f) && !slices.Contains(files, f.File) {
			files = append(files, f.File)
		}
	}
	return files
}

// inCheckout reports whether a finding is in a file of the checkout.
func inCheckout(f migration.Finding) bool {
	return f.File != "" && f.Place == "" && f.Repository == ""
}

// fixFile is the change to one file as a diff, "" for none. With write the file
// is changed.
func (plan *checkPlan) fixFile(name string) (string, error) {
	before, err := plan.ws.ReadFile(name)
	if err != nil {
		return "", err
	}
	after := plan.mended(name, before)
	text := withoutKeys(name, before, diff.Diff("a/"+name, before, "b/"+name, after))
	if text == "" || !plan.in.Write {
		return text, nil
	}
	file, err := plan.ws.Create(name)
	if err != nil {
		return "", err
	}
	defer file.Discard()
	return text, file.Save(after)
}

// mended is a file of the checkout as it can be rewritten. What a comment or the
// ignore file allows is wanted there, and stays.
func (plan *checkPlan) mended(name string, before []byte) []byte {
	return scan.Fix(name, before, func(text []byte, found []scan.Match) []scan.Match {
		return migration.Wanted(found, name, text, plan.ignore, time.Now())
	})
}

// withoutKeys is a diff with each key of the file named as the findings name it.
func withoutKeys(name string, before, diff []byte) string {
	text := string(diff)
	for _, m := range slices.Concat(scan.Text(name, before), scan.Keys(name, before)) {
		if text = m.Key.Cut(text); !m.Key.IsZero() {
			text = withoutPieces(text, before, m)
		}
	}
	return scan.RedactHex(text)
}

// withoutPieces takes a key out of a diff that the file has in pieces, or encoded.
func withoutPieces(text string, before []byte, m scan.Match) string {
	const short = 8
	if m.End > len(before) { // a text in UTF-16, which no fix changes
		return text
	}
	for piece := range strings.FieldsFuncSeq(string(before[m.Start:m.End]), func(c rune) bool { return strings.ContainsRune("\"'` +\\\r\n", c) }) {
		if len(piece) >= short {
			text = strings.ReplaceAll(text, piece, "…")
		}
	}
	return text
}
