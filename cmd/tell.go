package cmd

import (
	"errors"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/migration/scan"
	"github.com/keyless-inference/action/wire"
)

// tell tells every error of err, one by one, each at its place in a file if
// it has one, with every token cut out, and every key that a user gave by mistake.
func tell(runner *actions.Runner, err error) {
	for _, e := range leaves(err) {
		if errors.As(e, new(*failedCheck)) && !runner.OnGitHub() {
			continue // the report ends with it
		}
		runner.Errorf(position(e), "%s", scan.Redact(wire.RedactError(e).Error()))
	}
}

// leaves takes joined errors apart, as far as nothing was said about them as a
// whole.
func leaves(err error) []error {
	if usage, ok := err.(*usageError); ok {
		return leaves(usage.err)
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, leaves(e)...)
	}
	return all
}

// position is where in a file err happened. Inputs are read by the same package
// under their names, which have neither a dot nor a slash, and are no files.
func position(err error) actions.Position {
	var at *document.Error
	if errors.As(err, &at) && strings.ContainsAny(at.File, "./") {
		return actions.Position{File: at.File, Line: at.Line, Column: at.Column}
	}
	return actions.Position{}
}
