package prompt

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestFill(t *testing.T) {
	t.Parallel()
	vars := Vars{"response": "{{model}} \\{{usage}}\n$1", "model": "gpt-5", "usage": ""}
	for in, want := range map[string]string{
		"":                                 "",
		"no braces":                        "no braces",
		"## {{ model }}\n\n{{response}}\n": "## gpt-5\n\n{{model}} \\{{usage}}\n$1\n",
		`\{{response}} [{{usage}}]`:        "{{response}} []",
		"{{#if model}} {{two words}}":      "{{#if model}} {{two words}}",
	} {
		if got, err := Fill("t", in, vars); got != want || err != nil {
			t.Errorf("%q became %q, %v", in, got, err)
		}
	}
}

func TestFillErrors(t *testing.T) {
	t.Parallel()
	got, err := Fill("comment.md", "# {{model}}\r\né😀 {{respons}} {{respons}}\n\n\t{{cost}}", Vars{"model": "secret"})
	want := `comment.md:2:4: the variable "respons" has no value (given: model; to send the braces as they are, write \{{respons}})` + "\n" +
		`comment.md:4:2: the variable "cost" has no value (given: model; to send the braces as they are, write \{{cost}})`
	if got != "" || err == nil || err.Error() != want {
		t.Errorf("got %q and\n%v\nwant\n%s", got, err, want)
	}
	_, err = Fill("", "{{respons}}", Vars{"response": "", "model": ""})
	want = `1:1: the variable "respons" has no value; did you mean "response"? (given: model, response; to send the braces as they are, write \{{respons}})`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	if got := Places("{{b}} {{a}} \\{{a}} {{ a }}", "a"); !slices.Equal(got, []int{6, 19}) {
		t.Errorf("got %v", got)
	}
	if got := Places("none", "a"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func FuzzFill(f *testing.F) {
	f.Add("# {{model}}\n\n{{response}}\n", "{{model}}")
	f.Add("\\{{response}} {{x}}\r\n{{ y }}", `\`)
	f.Add("{{{response}}}\xff\ufeff{{z}}", "}}")
	f.Fuzz(func(t *testing.T, text, value string) {
		if got, err := Fill("t", escape(text)+"|{{response}}", Vars{"response": value}); got != text+"|"+value || err != nil {
			t.Errorf("%q before %q became %q, %v", text, value, got, err)
		}
		vars := Vars{"response": value}
		missing := map[string]bool{}
		for _, name := range (&Prompt{Messages: []Message{{Content: text}}, template: true}).Variables() {
			missing[name] = name != "response"
		}
		maps.DeleteFunc(missing, func(_ string, is bool) bool { return !is })
		got, err := Fill("t", text, vars)
		errs := Errors(err)
		if len(errs) != min(len(missing), maxErrors+1) || err != nil && got != "" {
			t.Fatalf("%d variables are missing, but %q, %v", len(missing), got, err)
		}
		for _, e := range errs[:min(len(errs), maxErrors)] {
			if e.File != "t" || !strings.HasPrefix(at([]byte(text), e), "{{") {
				t.Errorf("there is no placeholder at %v in %q", e, text)
			}
		}
		// The values decide nothing about the error.
		if _, again := Fill("t", text, Vars{"response": ""}); (again == nil) != (err == nil) {
			t.Errorf("%v with a value, %v without", err, again)
		}
	})
}
