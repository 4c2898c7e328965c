package document

import (
	"errors"
	"strings"
	"testing"
)

func TestParseLimits(t *testing.T) {
	t.Parallel()
	message := "messages: [{role: user, content: x}]\n"
	for _, c := range []struct{ what, src, want string }{
		{"too long", message + strings.Repeat("#", MaxBytes), "f: this is 1048613 bytes long; at most 1048576 are accepted"},
		{"not UTF-8", "# é\nname: é \xff", "f:2:9: this is not UTF-8 text"},
		{"too many lists", "name: " + strings.Repeat("[", maxDepth+1), "f:1:207: lists and maps are nested too deep here"},
		{"too many lists in a line", strings.Repeat("- ", MaxBytes/4), "f:1:401: lists and maps are nested too deep here"},
		{"too many tokens", "testData: [" + strings.Repeat("a,", maxTokens) + "]", "f:1:50009: there are more than 50000 YAML tokens before this place"},
	} {
		r := NewReader("f", []byte(c.src))
		if root, err := r.Parse(), r.Err(); root != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.what, err, c.want)
		}
	}
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for _, src := range []string{
		message + strings.Repeat("#", MaxBytes-len(message)),
		message + "testData: [{a: " + deep + "}]\n",
	} {
		if r := NewReader("f", []byte(src)); r.Parse() == nil || r.Err() != nil {
			t.Errorf("within the limits: %v", r.Err())
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*Error{
		"f:1:2: m": {File: "f", Line: 1, Column: 2, Msg: "m"},
		"f:1: m":   {File: "f", Line: 1, Msg: "m"},
		"f: m":     {File: "f", Msg: "m"},
		"1:2: m":   {Line: 1, Column: 2, Msg: "m"},
		"m":        {Msg: "m"},
	} {
		if e.Error() != want {
			t.Errorf("got %q, want %q", e, want)
		}
	}
	if Errors(nil) != nil || Errors(errors.New("x")) != nil {
		t.Error("errors out of nothing")
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"maxTokens", "temperature", "topP", "role"}
	for word, want := range map[string]string{
		"max_tokens": "maxTokens", "TEMPERATURE": "temperature", "temprature": "temperature", "top_p": "topP",
		"rloe": "role", "rol": "role", "stop": "", "": "", "x": "", strings.Repeat("role", 50): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}
