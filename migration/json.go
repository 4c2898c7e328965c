package migration

import "encoding/json"

// MarshalJSON writes the report as keyless check --json prints it: lists that
// are empty are [], never null. Fields may be added to it, but none of them will
// change its meaning.
func (r Report) MarshalJSON() ([]byte, error) {
	type plain Report // without this method
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
	if r.Sources == nil {
		r.Sources = []Status{}
	}
	return json.Marshal(plain(r))
}
