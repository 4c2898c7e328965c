package report

import (
	"encoding/json"
	"io"
)

// JSON writes v as JSON that people read as well: indented, with angle brackets and
// ampersands as they are.
func JSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
