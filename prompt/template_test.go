package prompt

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/keyless-inference/action/document"
)

// template makes a one-message template of text.
func template(text string) *Prompt {
	return &Prompt{template: true, Messages: []Message{{Role: "user", Content: text}}}
}

// What other readers of the same files do is named where it differs.
func TestExpand(t *testing.T) {
	t.Parallel()
	vars := Vars{"name": "Ada", "a.b": "flat", "x": "{{name}}", "y": `\{{name}}`, "empty": "", "dollar": "$1 $& ${name}"}
	for _, c := range []struct{ what, in, want string }{
		{"no placeholder", `plain {text} \ \\ {`, `plain {text} \ \\ {`},
		{"a variable", "hi {{name}}!", "hi Ada!"},
		{"blanks inside the braces (actions/ai-inference v2 and gh-models leave them)", "{{ name }}{{\tname }}", "AdaAda"},
		{"twice", "{{name}}{{name}}", "AdaAda"},
		{"a dot has no meaning", "{{a.b}}", "flat"},
		{"an empty value", "[{{empty}}]", "[]"},
		{"a value with a placeholder stays (gh-models expands it or not, by chance)", "{{x}} {{name}}", "{{name}} Ada"},
		{"a value with an escape stays", "{{y}}", `\{{name}}`},
		{"a value is no replacement pattern", "{{dollar}}", "$1 $& ${name}"},
		{"a value can't complete braces", "{{{x}}}", "{{{name}}}"},
		{"an escape (others have none)", `\{{name}} \{{ name }}`, "{{name}} {{ name }}"},
		{"an escaped name needs no value", `\{{nothing}}`, "{{nothing}}"},
		{"a backslash before a value", `C:\\{{name}}`, `C:\Ada`},
		{"a backslash before literal braces", `\\\{{name}}`, `\{{name}}`},
		{"backslashes elsewhere", `\\ \n \{ {{name}}\ \\{{`, `\\ \n \{ Ada\ \\{{`},
		{"three braces", "{{{name}}}", "{Ada}"},
		{"an expression of GitHub Actions, escaped", `$\{{ github.actor }}`, "${{ github.actor }}"},
		{"never closed", "{{name", "{{name"},
		{"closed on the next line", "{{name\n}}", "{{name\n}}"},
		{"no name", "{{}} {{ }}", "{{}} {{ }}"},
		{"not a name", "{{two words}} {{#if x}} {{a|b}} {{ü}}", "{{two words}} {{#if x}} {{a|b}} {{ü}}"},
	} {
		p, err := template(c.in).Expand(vars)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
		} else if got := p.Messages[0].Content; got != c.want {
			t.Errorf("%s: %q became %q, want %q", c.what, c.in, got, c.want)
		}
	}
}

// ai-inference v2 sends the placeholder of a missing variable to the model, and
// finds "constructor" and the like on JavaScript's prototypes.
func TestExpandMissing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"constructor", "toString", "__proto__", "hasOwnProperty", "Name", "name2"} {
		p, err := template("{{" + name + "}}").Expand(Vars{"name": "Ada"})
		if p != nil || err == nil || !strings.Contains(err.Error(), `the variable "`+name+`" has no value`) {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	p := template("{{b}} {{a}} {{b}}")
	p.Messages = append(p.Messages, Message{Content: "{{a}} {{c}}"})
	_, err := p.Expand(nil)
	if errs := Errors(err); len(errs) != 3 || !strings.Contains(errs[0].Msg, "no variables are given") {
		t.Errorf("want one error each for a, b and c, got %v", err)
	}
	_, err = template("{{titel}}").Expand(Vars{"title": "", "diff": ""})
	want := `the variable "titel" has no value; did you mean "title"? (given: diff, title; to send the braces as they are, write \{{titel}})`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestExpandOnlyMessages(t *testing.T) {
	t.Parallel()
	p, err := Parse("x", []byte("name: '{{v}}'\nmodel: '{{v}}'\njsonSchema: {name: '{{v}}', schema: {}}\nmessages: [{role: user, content: '{{v}}'}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.Expand(Vars{"v": "value"})
	if err != nil {
		t.Fatal(err)
	}
	if out.Name != "{{v}}" || out.Model != "{{v}}" || string(out.JSONSchema) != `{"name":"{{v}}","schema":{}}` {
		t.Errorf("expanded outside of the messages: %+v", out)
	}
	if out.Messages[0].Content != "value" || p.Messages[0].Content != "{{v}}" {
		t.Errorf("got %q from %q", out.Messages[0].Content, p.Messages[0].Content)
	}
}

func TestExpandIsFinal(t *testing.T) {
	t.Parallel()
	once, err := template("{{x}}").Expand(Vars{"x": "{{y}}"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*Prompt{once, Text("", "{{y}}")} {
		out, err := p.Expand(Vars{"y": "no"})
		if err != nil || out.Messages[0].Content != "{{y}}" {
			t.Errorf("expanded again: %+v, %v", out, err)
		}
		if v := p.Variables(); v != nil {
			t.Errorf("variables of a text: %q", v)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	if got, want := Text("s", "u").Messages, []Message{{Role: "system", Content: "s"}, {Role: "user", Content: "u"}}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got, want := Text("", "u").Messages, []Message{{Role: "user", Content: "u"}}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"a.prompt.yml": true, "dir/a.prompt.yaml": true, "A.PROMPT.YML": true, ".prompt.yml": true,
		"a.yml": false, "prompt.yml": false, "a.prompt.txt": false, "a.prompt.yml.txt": false, "": false,
	} {
		if IsPromptFile(name) != want {
			t.Errorf("IsPromptFile(%q) = %v", name, !want)
		}
	}
	for model, want := range map[string]string{"openai/gpt-4o": "gpt-4o", "gpt-4o": "gpt-4o", "": "", "a/b/c": "c"} {
		if got := BareModel(model); got != want {
			t.Errorf("the bare name of %q is %q", model, got)
		}
	}
}

// Messages of another file are templates unless they are literal, and mistakes in
// them have their places in that file.
func TestTemplate(t *testing.T) {
	t.Parallel()
	const file = "a: {{x}}\nb: {{y}}\n"
	p := Template("f", Message{Role: "system", Content: "{{z}}"}.Literal(), Message{Role: "user", Content: file}.From(document.Start(file)))
	want := []Placeholder{{"x", "user", document.Place{Line: 1, Column: 4}}, {"y", "user", document.Place{Line: 2, Column: 4}}}
	if got := p.Placeholders(); !slices.Equal(got, want) || !slices.Equal(p.Variables(), []string{"x", "y"}) {
		t.Errorf("got %v and %q", got, p.Variables())
	}
	if got := Text("", "{{x}}").Placeholders(); got != nil {
		t.Errorf("a text has %v", got)
	}
	_, err := p.Expand(Vars{"x": ""})
	if errs := Errors(err); len(errs) != 1 || errs[0].File != "f" || errs[0].Line != 2 || errs[0].Column != 4 {
		t.Errorf("got %v", err)
	}
	out, err := p.Expand(Vars{"x": "{{y}}"}, NewUntrusted("y", "a\u202eb", 1))
	if err != nil || out.Messages[0].Content != "{{z}}" {
		t.Fatal(out, err)
	}
	if got, _ := shown(t, out.Messages[1].Content); got != "a: {{y}}\nb: <y|a\n[cut here: the first 1 of 2 characters]>\n" {
		t.Errorf("got %q", got)
	}
}

// escape is the opposite of expand: the template that gives text.
func escape(text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(m string) string {
		slashes := m[:strings.Index(m, "{{")]
		return slashes + slashes + `\` + m[len(slashes):]
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("a {{x}} b", "{{x}}")
	f.Add(`\{{x}} \\{{ x }}`, `\`)
	f.Add("{{{x}}}", "}}")
	f.Fuzz(func(t *testing.T, text, value string) {
		if got, missing := expand(escape(text), Vars(nil).value); got != text || missing != nil {
			t.Errorf("%q escaped is %q and expands to %q, missing %v", text, escape(text), got, missing)
		}
		if got, _ := expand(text, Vars{"x": value}.value); !strings.Contains(text, "{{") && got != text {
			t.Errorf("%q without braces became %q", text, got)
		}
		// A value arrives as it is, whatever surrounds it and whatever it contains.
		before, after := escape(text), "|"+escape(value)
		if got, _ := expand(before+"|{{x}}"+after, Vars{"x": value}.value); got != text+"|"+value+"|"+value {
			t.Errorf("%q around %q became %q", text, value, got)
		}
		if _, missing := expand(text, Vars(nil).value); !reflect.DeepEqual(missing, holesIn(text)) {
			t.Errorf("holes %v in %q", missing, text)
		}
	})
}

// holesIn finds the holes of text by another way than expand.
func holesIn(text string) []hole {
	var holes []hole
	for i := 0; i < len(text); i++ {
		name, _, ok := strings.Cut(strings.TrimPrefix(text[i:], "{{"), "}}")
		blank := strings.Trim(name, " \t")
		if !ok || !strings.HasPrefix(text[i:], "{{") || !variable.MatchString(blank) || strings.HasSuffix(blank, "\n") {
			continue
		}
		slashes := len(text[:i]) - len(strings.TrimRight(text[:i], `\`))
		if slashes%2 == 0 {
			holes = append(holes, hole{blank, i})
		}
		i += len("{{"+name+"}}") - 1
	}
	return holes
}
