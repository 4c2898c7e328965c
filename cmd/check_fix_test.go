package cmd

import (
	"strings"
	"testing"
)

// TestWithoutKeys: a diff shows no key, nor a half of one, nor what may be one.
func TestWithoutKeys(t *testing.T) {
	t.Parallel()
	key := "sk-proj-" + strings.Repeat("aB3dE5gH7j", 4) + "T3Blbk" + "FJ" + strings.Repeat("kL9mN1pQ3r", 4)
	hex := strings.Repeat("f1a2b3c4", 4)
	text := "a = '" + key + "'\nb = '" + key[:50] + "' + '" + key[50:] + "'\nazure_openai_key = '" + hex + "'\n"
	got := withoutKeys("a.py", []byte(text), []byte(text))
	for _, piece := range []string{key, key[:50], key[50:], hex} {
		if strings.Contains(got, piece) {
			t.Errorf("a key is left in %s", strings.ReplaceAll(got, piece, "…"))
		}
	}
	if !strings.Contains(got, "azure_openai_key = 'f1a2… (") {
		t.Errorf("got %s", got)
	}
}
