package prompt

import (
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"
)

// files reads from memory, as os.ReadFile would.
func files(content map[string]string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		text, ok := content[path]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: "/root/" + path, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}
}

func TestParseVars(t *testing.T) {
	t.Parallel()
	read := files(map[string]string{"a.txt": "from\r\na file {{x}}\n", "empty": ""})
	for _, c := range []struct {
		what, input, fileInput string
		want                   Vars
	}{
		{"nothing", "", " \n# comment\n", Vars{}},
		{"empty maps", "{}", "{}", Vars{}},
		{"null", "~", "null", Vars{}},
		{
			"as written", "a: 1.10\nb: 2024-01-01\nc: yes\nd: True\ne: 0x1F\nf: 1_000\ng: 1e3\nh: .inf\ni: 007\nj: 12:30",
			"",
			Vars{"a": "1.10", "b": "2024-01-01", "c": "yes", "d": "True", "e": "0x1F", "f": "1_000", "g": "1e3", "h": ".inf", "i": "007", "j": "12:30"},
		},
		{"nothing and null are empty", "a:\nb: null\nc: ~\nd: ''\ne: 'null'", "", Vars{"a": "", "b": "", "c": "", "d": "", "e": "null"}},
		{"JSON", `{"a": "line\n\"q\" \u00e9 \ud83d\ude00 \/", "b": 2, "c": null}`, "", Vars{"a": "line\n\"q\" é 😀 /", "b": "2", "c": ""}},
		{"a block", "a: |\n  one\n    two\nb: >-\n  one\n  two", "", Vars{"a": "one\n  two\n", "b": "one two"}},
		{"placeholders are values", "a: '{{b}}'\nb: x", "", Vars{"a": "{{b}}", "b": "x"}},
		{"an alias", "a: &x text\nb: *x", "", Vars{"a": "text", "b": "text"}},
		{"names that JavaScript knows", "__proto__: a\nconstructor: b", "", Vars{"__proto__": "a", "constructor": "b"}},
		{"a number as name", "1: a", "", Vars{"1": "a"}},
		{"a file, byte by byte", "", "a: a.txt\nb: empty", Vars{"a": "from\r\na file {{x}}\n", "b": ""}},
		{"a file beats input", "a: inline\nb: inline", "a: a.txt", Vars{"a": "from\r\na file {{x}}\n", "b": "inline"}},
	} {
		got, err := ParseVars(c.input, c.fileInput, read)
		if err != nil || !maps.Equal(got, c.want) {
			t.Errorf("%s: got %q, %v", c.what, got, err)
		}
	}
}

func TestParseVarsErrors(t *testing.T) {
	t.Parallel()
	read := files(map[string]string{
		"binary": "PNG\x00", "latin1": "caf\xe9", "big": strings.Repeat("x", MaxFile+1),
	})
	const hint = "; write one \"name: value\" a line, and quote a value with \": \", \" #\" or {{ in it (${{ toJSON(…) }} quotes any text of a workflow)"
	for _, c := range []struct{ what, input, fileInput, want string }{
		{"a list", "- a", "", "input:1:1: this must be a map of names to values, not a list" + hint},
		{"text", "hello", "", "input:1:1: this must be a map of names to values, not text" + hint},
		{
			"values that are no text", "a: {b: c}\nb:\n  - d", "",
			"input:1:4: the value of \"a\" must be text, not a map; quote it if it is text\n" +
				"input:3:3: the value of \"b\" must be text, not a list; quote it if it is text",
		},
		{"a key twice", "a: 1\nb: 2\na: 3", "", `input:3:1: the key "a" is given twice, first in line 1`},
		{
			"bad names", "a b: 1\nü: 2\n'': 3", "",
			"input:1:1: \"a b\" can't be the name of a variable: use letters, digits, _ . -\n" +
				"input:2:1: \"ü\" can't be the name of a variable: use letters, digits, _ . -\n" +
				"input:3:1: \"\" can't be the name of a variable: use letters, digits, _ . -",
		},
		{"pasted text", "a: fix: the parser", "", "input:1:4: the YAML is invalid: mapping value is not allowed in this context" + hint},
		{
			"both inputs", "a: []", "b: none.txt",
			"input:1:4: the value of \"a\" must be text, not a list; quote it if it is text\n" +
				"file_input:1:4: variable \"b\": reading none.txt: file does not exist",
		},
		{"no path", "", "a:", `file_input:1:1: variable "a": the path of its file is empty`},
		{"binary", "", "a: binary", `file_input:1:4: variable "a": reading binary: the file is binary or UTF-16 (byte 3 is zero), not UTF-8 text`},
		{"latin1", "", "a: latin1", `file_input:1:4: variable "a": reading latin1: the file is not UTF-8 text (byte 3)`},
		{"big", "", "\n\na: big", `file_input:3:4: variable "a": reading big: the file has more than 16 MiB`},
	} {
		got, err := ParseVars(c.input, c.fileInput, read)
		if got != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s:\n%v\nwant\n%s", c.what, err, c.want)
		}
	}
	if _, err := ParseVars("", "a: none", read); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is lost from %v", err)
	}
}

func FuzzParseVars(f *testing.F) {
	f.Add("a: 1\nb: |\n  x\n", "c: path\nd: other")
	f.Add(`{"a": "\u00e9"}`, "- x")
	f.Add("a: &x [*x]", "a: *y")
	f.Fuzz(func(t *testing.T, input, fileInput string) {
		read := func(path string) ([]byte, error) { return []byte("file " + path), nil }
		vars, err := ParseVars(input, fileInput, read)
		if (vars == nil) == (err == nil) {
			t.Fatalf("vars %v, error %v", vars, err)
		}
		for name := range vars {
			if !variable.MatchString(name) {
				t.Errorf("no placeholder can name %q", name)
			}
			if text, missing := expand("{{"+name+"}}", vars.value); text != vars[name] || missing != nil {
				t.Errorf("{{%s}} became %q, missing %v", name, text, missing)
			}
		}
		for _, e := range Errors(err) {
			if e.File != "input" && e.File != "file_input" || e.Line < 0 || !utf8.ValidString(e.Msg) && utf8.ValidString(input+fileInput) {
				t.Errorf("bad error %#v", e)
			}
		}
	})
}
