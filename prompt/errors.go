package prompt

import "github.com/keyless-inference/action/document"

// MaxPrompt is the most bytes that a prompt file may have.
const MaxPrompt = document.MaxBytes

// An Error is one mistake in a prompt file or an input and its place. The
// functions of this package join several of them with [errors.Join]; [Errors]
// takes them apart again. File is the file as the user named it, or the input:
// "input", "file_input", "untrusted".
type Error = document.Error

// Errors returns every [*Error] in err, in order, however they were joined and
// wrapped.
func Errors(err error) []*Error { return document.Errors(err) }

// A reader reads prompt files and maps of variables.
type reader struct{ *document.Reader }
