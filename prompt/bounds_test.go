package prompt

import "github.com/keyless-inference/action/document"

// maxErrors is how many mistakes are told of one file.
const maxErrors = document.MaxErrors
