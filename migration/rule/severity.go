package rule

import "fmt"

// A Severity says how much a finding matters. The zero value is none.
type Severity int

const (
	Info    Severity = iota + 1 // worth knowing; a document that describes the use of a key
	Warning                     // a key may be used, or could be
	Error                       // a key exists, or is used
)

var severities = map[Severity]string{Info: "info", Warning: "warning", Error: "error"}

// String is the name that people give and read: info, warning or error.
func (s Severity) String() string { return severities[s] }

// MarshalText writes the name, in JSON too.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// ParseSeverity reads a name.
func ParseSeverity(name string) (Severity, error) {
	for s, known := range severities {
		if known == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("%q is none of error, warning and info", name)
}
