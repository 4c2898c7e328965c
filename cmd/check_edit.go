package cmd

import (
	"bytes"

	"github.com/keyless-inference/action/migration"
	"github.com/keyless-inference/action/migration/scan"
)

// withEdits are findings with what mends them, for readers of SARIF that can
// apply it. All that can be rewritten in a file belongs together, so each finding
// of the file that it may mend carries it whole.
func (plan *checkPlan) withEdits(all []migration.Finding) []migration.Finding {
	edits := map[string][]migration.Edit{}
	mended := make([]migration.Finding, len(all))
	for i, f := range all {
		if inCheckout(f) && scan.Fixable(f.Rule, f.File) {
			if _, known := edits[f.File]; !known {
				edits[f.File] = plan.edits(f.File)
			}
			f.Edits = edits[f.File]
		}
		mended[i] = f
	}
	return mended
}

// edits are the change to a file: the lines from the first that changes to the
// last. There is none where a key would stand in it.
func (plan *checkPlan) edits(name string) []migration.Edit {
	before, err := plan.ws.ReadFile(name)
	if err != nil {
		return nil
	}
	after := plan.mended(name, before)
	start, end := changed(before, after)
	text := string(after[start : len(after)-(len(before)-end)])
	if bytes.Equal(before, after) || withoutKeys(name, before, []byte(text)) != text {
		return nil
	}
	return []migration.Edit{{File: name, Start: start, End: end, Text: text}}
}

// changed is where two texts differ, as offsets in the first: all lines before
// start and all behind end are the same.
func changed(before, after []byte) (start, end int) {
	most := min(len(before), len(after))
	for start < most && before[start] == after[start] {
		start++
	}
	start = bytes.LastIndexByte(before[:start], '\n') + 1
	same := 0
	for same < most-start && before[len(before)-1-same] == after[len(after)-1-same] {
		same++
	}
	if i := bytes.IndexByte(before[len(before)-same:], '\n'); i >= 0 {
		return start, len(before) - same + i + 1
	}
	return start, len(before)
}
