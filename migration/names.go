package migration

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/keyless-inference/action/migration/scan"
	"github.com/keyless-inference/action/wire"
)

// Names says which names of secrets and variables are those of a key: those
// that [scan.KeyName] knows, and those that the user's patterns match. The zero
// value has no patterns.
type Names struct{ patterns []string }

// ParseNames reads the input secret-names: patterns with blanks, commas or line
// ends between them, each as [path.Match] has them ("*" any characters, "?" one,
// "[A-C]" one of some), in any letter case, as GitHub's names are. All patterns
// that can't be read are reported together.
func ParseNames(text string) (Names, error) {
	var n Names
	var wrong []error
	for _, p := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		if _, err := path.Match(p, ""); err != nil || strings.Contains(p, "/") {
			wrong = append(wrong, fmt.Errorf("%q is no pattern: it has the letters of a name, and * ? [a-z] for any", wire.Line(p, 100)))
		}
		n.patterns = append(n.patterns, strings.ToUpper(p))
	}
	return n, errors.Join(wrong...)
}

// Match reports whether name is that of a key.
func (n Names) Match(name string) bool {
	for _, p := range n.patterns {
		if ok, _ := path.Match(p, strings.ToUpper(name)); ok {
			return true
		}
	}
	return scan.KeyName(name)
}
