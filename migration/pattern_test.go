package migration

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gitNames has a real git tell which of the paths an ignore file names.
func gitNames(t testing.TB, dir, patterns string, paths []string) []bool {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte(patterns), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.Command("git", "-C", dir, "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "--stdin", "-z", "-v", "-n")
	command.Stdin = strings.NewReader(strings.Join(paths, "\x00") + "\x00")
	out, _ := command.Output() // its exit code is 1 when it names none
	fields := bytes.Split(out, []byte{0})
	if len(fields) != 4*len(paths)+1 {
		t.Fatalf("git check-ignore of %q: %d fields for %d paths", patterns, len(fields), len(paths))
	}
	named := make([]bool, len(paths))
	for i := range paths {
		pattern := string(fields[4*i+2])
		named[i] = pattern != "" && !strings.HasPrefix(pattern, "!")
	}
	return named
}

func repository(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := exec.Command("git", "init", "-q", dir).Run(); err != nil {
		t.Skipf("there is no git: %v", err)
	}
	return dir
}

// TestPatternsAsGit compares with git itself, on what people write.
func TestPatternsAsGit(t *testing.T) {
	t.Parallel()
	paths := []string{
		"a", "b", "ab", "a.py", "b.py", "src/a.py", "src/x/a.py", "src/x/y/a.py", "src/x/y/b.txt", "doc/a.md", "doc/frotz/a", "foo/doc/frotz/a",
		"node_modules/a/b.js", "x/node_modules/a.js", "vendor/a", "vendor/b/c", "build", "build/a", "x/build/a", "a b", "a ", "#a", "!a", "a#b", "a/b", "a/x/b",
		"a/x/y/b", "xa/b", "ax/b", "[a]", "é", "aé", "A.PY", "a\\b", "*", "a*", "{a,b}", "a1", "a-", "a]", "a^", "deep/a/b/c/d/e/f.log", "f.log", "log/f", "logs/debug.log", "important.log",
	}
	dir := repository(t)
	for _, patterns := range []string{
		"a", "/a", "a/", "/a/", "*.py", "src/*.py", "src/**/*.py", "**/a.py", "src/**", "**/x/**", "doc/frotz", "doc/frotz/", "/*", "*", "**", "/**", "**/",
		"a/**/b", "a/*/b", "a**/b", "a**b", "**a", "*/b", "a?", "?", "??", "[ab]", "[!a]", "[^a]", "[a-b]*", "[]a]", "a[]-]", "a[]^-]", "[[:alpha:]]", "a[[:digit:]]",
		"a[[:none:]]", "[a", "[", "a\\", "\\a", "\\#a", "#a", "\\!a", "!a", "a\\*", "a\\\\b", "\\*", "{a,b}", "a b", "a ", "a\\ ", "a\\  ", " a", "a\r", "\ufeffa", "", "/", "//", "!", "!/",
		"*\n!a", "*.log\n!important.log", "vendor/\n!vendor/a", "vendor/*\n!vendor/b", "/*\n!/src\n/src/*\n!/src/x", "build/\n!x/build/", "node_modules", "logs/**/debug.log", "**/*.log", "deep/**/f.log", "deep/a/**/e/*.log",
		"a/[x/]/b", "***/b", "a/***/b", "*a*", "*.p*", "a.py/", "src/x", "s*/*/a.py", "src/", "?rc", "[s]rc/x/", "A.PY", "é", "?é", "[é]",
	} {
		for i, want := range gitNames(t, dir, patterns+"\n", paths) {
			if got := ParsePatterns(patterns).Match(paths[i]); got != want {
				t.Errorf("%q names %q: %v, git says %v", patterns, paths[i], got, want)
			}
		}
	}
}

var pieces = []string{
	"a", "b", "ab", "*", "**", "?", "/", "/", "[ab]", "[!a]", "[^a]", "[a-c]", "!", "\\", "#", " ", ".", "{a,b}", "[[:alpha:]]", "é",
	"a/**/b", "**/a", "a/**", "*.b", "\\!", "\\#", "[]a]", "[a", "]", "\\*", "/**/", "***", "[a/b]", "[c-a]", "[a-", "[\\]]",
}

// TestRandomPatternsAsGit does so on what nobody writes.
func TestRandomPatternsAsGit(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(n int, from []string) string {
		var b strings.Builder
		for range 1 + random.IntN(n) {
			b.WriteString(from[random.IntN(len(from))])
		}
		return b.String()
	}
	names := []string{"a", "b", "ab", "c", "#a", "!a", " ", "é", "]", "[a", "*", "{a,b}", "a.b", "\\a", "xa", "-"}
	for range 150 {
		var lines, paths []string
		for range 1 + random.IntN(3) {
			if line := pick(5, pieces); !strings.HasPrefix(strings.TrimPrefix(line, "!"), "./") && strings.Trim(line, "! ") != "." {
				lines = append(lines, line)
			}
		}
		for range 60 {
			segments := make([]string, 1+random.IntN(4))
			for i := range segments {
				segments[i] = pick(2, names)
			}
			paths = append(paths, strings.Join(segments, "/"))
		}
		text := strings.Join(lines, "\n") + "\n"
		for i, want := range gitNames(t, dir, text, paths) {
			if got := ParsePatterns(text).Match(paths[i]); got != want {
				t.Errorf("%q names %q: %v, git says %v", lines, paths[i], got, want)
			}
		}
	}
}

func TestPatternsBeyondGit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		patterns, path string
		want           bool
	}{
		{".", "a/b", true},
		{"./", "a", true},
		{"./src", "src/a", true},
		{"./src", "x/src/a", false},
		{"!.", "a", false},
		{"a/", "a/", true},
		{"a/", "a", false},
		{"", "", false},
	} {
		if got := ParsePatterns(c.patterns).Match(c.path); got != c.want {
			t.Errorf("%q names %q: %v", c.patterns, c.path, got)
		}
	}
	nested := ParsePatterns("*.log\n")
	nested.Add("src", "!keep.log\n/top\n")
	for path, want := range map[string]bool{"a.log": true, "keep.log": true, "src/keep.log": false, "src/x/keep.log": false, "src/top": true, "src/x/top": false, "top": false} {
		if got := nested.Match(path); got != want {
			t.Errorf("with a file in src, %q: %v", path, got)
		}
	}
}

// TestPatternsAreNotSlow: what would take a naive matcher years.
func TestPatternsAreNotSlow(t *testing.T) {
	t.Parallel()
	p := ParsePatterns("/" + strings.Repeat("**/*a*", 200) + "b\n" + strings.Repeat("*a", 500) + "b")
	p.Match(strings.Repeat("aaaaaaaaa/", 200) + strings.Repeat("a", 1000))
}

func FuzzPatterns(f *testing.F) {
	for _, piece := range pieces {
		f.Add(piece+"\n!"+piece, "a/"+piece)
	}
	f.Fuzz(func(t *testing.T, patterns, path string) {
		if ParsePatterns(patterns).Match(path) && strings.TrimSpace(patterns) == "" {
			t.Errorf("%q names %q", patterns, path)
		}
	})
}

func BenchmarkPatterns(b *testing.B) {
	p := ParsePatterns(strings.Repeat("*.pyc\nnode_modules/\n/dist\nbuild/**/out\n.env.local\n", 20))
	for b.Loop() {
		p.Match("src/components/deep/inside/button.test.tsx")
	}
}
