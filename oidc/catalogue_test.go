package oidc

import (
	"slices"
	"strings"
	"testing"

	"github.com/keyless-inference/action/wire"
)

func TestCatalogue(t *testing.T) {
	t.Parallel()
	codes := 0
	for _, e := range Catalogue() {
		text := e.What + e.Why + e.Fix + e.Code + e.Says
		if e.What == "" || e.Fix == "" || len(e.Names) == 0 || placeholder.MatchString(text) || strings.Contains(text, "{Whose}") {
			t.Errorf("a part is missing or a placeholder was left: %+v", e)
		}
		if strings.HasPrefix(e.Names[0], "AADSTS") {
			codes += len(e.Names)
			wantWords(t, e.Says, e.Names...)
		}
		if !strings.HasPrefix(e.Page, "https://") {
			t.Errorf("%s has no page", e.Names)
		}
	}
	if c := declaredBy(NoIdentity(Job{Actions: true}).(*wire.Problem).Fix); !strings.Contains(c, "id-token: write") || declaredBy("x") != "" {
		t.Errorf("the permission is declared as %q", c)
	}
	if codes < 35 {
		t.Errorf("only %d codes of Entra", codes)
	}
}

// No code has two explanations, of which the second would never be told.
func TestCodesAreOnce(t *testing.T) {
	t.Parallel()
	var seen []int
	for _, x := range explanations {
		for _, s := range x.says {
			if slices.Contains(seen, s.code) {
				t.Errorf("AADSTS%d is there twice", s.code)
			}
			seen = append(seen, s.code)
		}
	}
}
