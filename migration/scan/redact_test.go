package scan

import (
	"fmt"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	openai := "sk-" + strings.Repeat("aB3d", 5) + openaiMarker + strings.Repeat("Zy8x", 5)
	azure := strings.Repeat("aB3d", 13) + azureSignature + "BACACJ0RlXJ3w3AAAABACOGLKOm"
	hex := strings.Repeat("0a9f", 8)
	for _, key := range []string{openai, "sk-proj-" + strings.Repeat("aB3d_", 12), azure} {
		for _, around := range []string{"", "_", "-", "/", " "} {
			text := "refs/heads/x" + around + " A" + around + key + around + "API_KEY.py and more"
			if got := Redact(text); strings.Contains(got, key) || !strings.HasPrefix(got, "refs/heads/x") || !strings.HasSuffix(got, ".py and more") {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
	for _, text := range []string{"", "a/b.py", hex + ".js", strings.Repeat("word-", 20), "docs/sk-learn-" + strings.Repeat("a", 60)} {
		if got := Redact(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := RedactHex("secrets.K_" + hex + " " + hex + hex); got != "secrets.K_"+NewKey(hex).String()+" "+hex+hex {
		t.Error(got)
	}
}

func TestMatchesAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range mostMatches + 1 {
		fmt.Fprintf(&b, "sk-%020d%saB3dE5fG7hJ9kL1mN2pQ\n", i, openaiMarker)
		if i != mostMatches-1 {
			continue
		}
		if all := Keys("", []byte(b.String())); len(all) > 0 && all[len(all)-1].More {
			t.Error("there are no more")
		}
	}
	all := Keys("", []byte(b.String()))
	if len(all) == 0 || len(all) > mostMatches || !all[len(all)-1].More {
		t.Errorf("%d keys", len(all))
	}
}
