package migration

import "testing"

// TestInherited: secrets: inherit into a workflow of the same repository counts
// where that takes a key, whichever of the two files is read first.
func TestInherited(t *testing.T) {
	t.Parallel()
	files := []struct{ name, text string }{
		{".github/workflows/a.yml", "on: push\njobs:\n  a:\n    uses: ./.github/workflows/takes.yml\n    secrets: inherit\n  b:\n    uses: ./.github/workflows/none.yml\n    secrets: inherit\n"},
		{".github/workflows/takes.yml", "on:\n  workflow_call:\n    secrets:\n      OPENAI_API_KEY:\n        required: true\n"},
		{".github/workflows/none.yml", "on: workflow_call\njobs: {}\n"},
	}
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}} {
		var texts Texts
		for _, i := range order {
			texts.File(files[i].name, []byte(files[i].text))
		}
		found := map[string]int{}
		for _, f := range texts.Done().Findings {
			found[f.Rule+" "+f.File] = f.Line
		}
		if len(found) != 2 || found["KL103 .github/workflows/a.yml"] != 5 || found["KL101 .github/workflows/takes.yml"] != 4 {
			t.Errorf("found %v", found)
		}
	}
}
