package setup

import (
	"os"
	"strings"
	"testing"
)

// TestDocument wants every example of a format in the document to be a piece of
// what is written.
func TestDocument(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/setup.md")
	if err != nil {
		t.Fatal(err)
	}
	_, examples, _ := strings.Cut(string(raw), "\n## Formats\n")
	examples, _, _ = strings.Cut(examples, "\n## ")
	seen := 0
	for _, file := range []struct{ language, golden string }{
		{"sh", "managed.sh"}, {"powershell", "environment.ps1"}, {"bicep", "managed.bicep"}, {"hcl", "managed.tf"},
	} {
		golden, err := os.ReadFile("testdata/" + file.golden)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range strings.Split(examples, "```"+file.language+"\n") {
			if example, _, _ := strings.Cut(part, "```"); i > 0 {
				seen++
				if !strings.Contains(string(golden), example) {
					t.Errorf("%s has no\n%s", file.golden, example)
				}
			}
		}
	}
	if seen != 5 {
		t.Errorf("%d examples", seen)
	}
}
