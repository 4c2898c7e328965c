package cmd

import "testing"

func TestProposed(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"a.prompt.yml":            "a.proposed.prompt.yml",
		"prompts/b.prompt.yaml":   "prompts/b.proposed.prompt.yaml",
		"İ.PROMPT.YML":            "İ.proposed.PROMPT.YML",
		"c.proposed.prompt.yml":   "c.proposed.proposed.prompt.yml",
		".prompt.yml":             ".proposed.prompt.yml",
		"d.prompt.yml.prompt.yml": "d.prompt.yml.proposed.prompt.yml",
	} {
		if got := proposed(path); got != want {
			t.Errorf("%s becomes %s, not %s", path, got, want)
		}
	}
}
