package setup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	goyaml "github.com/goccy/go-yaml"

	"github.com/keyless-inference/action/wire"
)

// hostile are texts that want to be more than text in one of the languages.
var hostile = []string{
	"", "main", "it's", `"; rm -rf /; "`, "$(id)", "`id`", "${a}", "$${a}", "$$${a}", "%{if true}", "%%{a}", "$", "$'x'", "%", `\`, `\\'`, `\"`, `\${a}`, `\u0041`,
	"‘’‚‛“”", "a\nb", "a\r\nb", "\t", "//", "/*", "#", "{{.}}", "}}", "'@", "@'", "'''", "<<EOF", "!x", "*", "- a: b", ": ", "é", "🗝", "-n", "--", "%s", "@file", "a'\u2019b",
}

// text is what a fuzzer made, as far as any file of these languages can hold it.
func text(s string) string {
	return strings.Map(func(c rune) rune {
		if c == 0 || c == unicode.ReplacementChar {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
}

// FuzzShell reads what shell writes with a shell.
func FuzzShell(f *testing.F) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		f.Skip("there is no sh")
	}
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = text(s)
		got, err := exec.Command(sh, "-c", "printf '%s.' "+wire.Quote(s)).Output()
		if err != nil || string(got) != s+"." {
			t.Errorf("%q became %q, %v", s, got, err)
		}
	})
}

// FuzzYAML reads what yaml writes with a parser, within a list as in a workflow.
func FuzzYAML(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !printable(s) {
			return // no plan has it
		}
		var got struct{ Environment []string }
		err := goyaml.Unmarshal([]byte("environment: ["+listed([]string{s, "x"}, yaml)+"]\n"), &got)
		if err != nil || len(got.Environment) != 2 || got.Environment[0] != s {
			t.Errorf("%q became %q, %v", s, got, err)
		}
	})
}

// unquotings read literals back as the languages' specifications say, each by one
// rule for what follows the character that begins an escape.
var unquotings = map[string]struct {
	quote func(string) string
	delim string
	read  func(t *testing.T, inside string) string
}{
	"powershell": {powershell, "'", func(t *testing.T, inside string) string {
		const quotes = "'\u2018\u2019\u201a\u201b"
		return escapes(t, inside, func(c, next rune) (rune, bool) {
			return c, strings.ContainsRune(quotes, c) && strings.ContainsRune(quotes, next)
		}, func(c, _ rune) bool { return strings.ContainsRune(quotes, c) })
	}},
	"bicep": {bicep, "'", func(t *testing.T, inside string) string {
		return escapes(t, inside, func(c, next rune) (rune, bool) {
			to, known := map[rune]rune{'\\': '\\', '\'': '\'', 'n': '\n', 'r': '\r', 't': '\t', '$': '$'}[next]
			return to, c == '\\' && known
		}, func(c, next rune) bool {
			return c == '\'' || c == '\\' || c == '$' && next == '{' || c == '\n' || c == '\r'
		})
	}},
}

// escapes reads text in which an escape is two characters; what is forbidden may
// stand alone nowhere.
func escapes(t *testing.T, inside string, escape func(c, next rune) (rune, bool), forbidden func(c, next rune) bool) string {
	t.Helper()
	var b strings.Builder
	all := append([]rune(inside), 0)
	for i := 0; i < len(all)-1; i++ {
		if to, is := escape(all[i], all[i+1]); is {
			b.WriteRune(to)
			i++
			continue
		}
		if forbidden(all[i], all[i+1]) {
			t.Errorf("%q: an unescaped %q", inside, all[i])
		}
		b.WriteRune(all[i])
	}
	return b.String()
}

func FuzzStrings(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = text(s)
		for name, u := range unquotings {
			literal := u.quote(s)
			inside := strings.TrimSuffix(strings.TrimPrefix(literal, u.delim), u.delim)
			if len(literal) != len(inside)+2 {
				t.Fatalf("%s: %q is no literal", name, literal)
			}
			if got := u.read(t, inside); got != s {
				t.Errorf("%s: %q became %q", name, s, got)
			}
		}
	})
}

// TestHCL lets Terraform itself say what the literals are. It makes characters
// that are composed out of those that are not, so the texts have none.
func TestHCL(t *testing.T) {
	t.Parallel()
	tool, env := terraform(t)
	var b, want strings.Builder
	b.WriteString("locals {\n  all = [\n")
	for i, s := range hostile {
		for _, other := range []string{"", "{", "$", "%", `\`, hostile[(i+7)%len(hostile)]} {
			fmt.Fprintf(&b, "    %s,\n", hcl(s+other))
			fmt.Fprintf(&want, "%x\n", s+other)
		}
	}
	b.WriteString("  ]\n}\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(tool, "console")
	c.Dir, c.Env = dir, env
	c.Stdin = strings.NewReader("join(\"/\", [for s in local.all : base64encode(s)])\n")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := decoded(t, string(out)); got != want.String() {
		t.Errorf("terraform read\n%s\nwant\n%s", got, want.String())
	}
}
