package propose

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/inference"
)

// Any text that is written is read again as it was, as a value and as a key, and
// shows no character that can't be seen.
func FuzzScalar(f *testing.F) {
	for _, text := range []string{
		"", " ", "a", "null", "1.10", "- a", "a: b", "# a", "{{x}}", "\"'\\", "a\nb", "a\nb\n", "a\n\nb\n\n", " a\nb", "a \nb", "a\n b\n", "\na", "a\tb\nc", "---\na", "a\n---\nb",
		"a\n...\n", "%a\nb", "a\r\nb", "\u2028", "\u0085a\nb", "\ufeff", "\x00", "\U000E0041", "🦊\n🦊", "|\n  a", ">-\nb", "a\n#b\n", "? a\n: b", "!tag\n&a\n*b", "\u00a0\na",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		src := name(text+"k") + ": " + scalar(text, "  ") + "\nafter: x\n"
		r := document.NewReader("f", []byte(src))
		entries, _ := r.Entries(r.Parse())
		if len(entries) == 0 && len(text) > 1000 {
			return // as long as what documents may be
		}
		if r.Err() != nil || len(entries) != 2 || entries[0].Name != text+"k" {
			t.Fatalf("%q: %v", src, r.Err())
		}
		if got, ok := r.Scalar(entries[0].Value); !ok || got != text || r.Digits(entries[0].Value) != "" {
			t.Errorf("%q became %q in %q", text, got, src)
		}
		if bytes.ContainsAny([]byte(src), "\r\t\x00\u0085\u2028\u202e\ufeff") {
			t.Errorf("%q shows what can't be seen", src)
		}
	})
}

// Whatever is proposed for whatever file, the old file is in the new one, byte for
// byte, and says what it said.
func FuzzWrite(f *testing.F) {
	f.Add(summary, "a", "b\nc")
	f.Add("messages: [{role: user, content: \"{{text}}\"}]\ntestData:\n\n# x\nname: n", "# x", "")
	f.Add("messages:\r\n- role: user\r\n  content: |\r\n    {{text}}\r\n...\r\n", "\x00", "\u2028\n---\n")
	f.Add("? messages\n: - {role: user, content: '{{a.b}}'}\n? testData\n: - a.b: 1\n", "x", "y")
	f.Add("a: &a [1]\nmessages:\n - role: user\n   content: >+\n     {{x}}\n\n", "x", "y")
	f.Fuzz(func(t *testing.T, src, value, why string) {
		p, err := Read("x.prompt.yml", []byte(src))
		if err != nil {
			return
		}
		one, two := p.sample(strings.ToValidUTF8(value, "")), p.sample("x")
		one.Why, one.Rule = why, 1
		text, err := p.Write(Proposal{Rows: []Row{one, two}, Rules: []Rule{{Text: why}}})
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		checkOld(t, []byte(src), text)
		if again, err := Read("x.prompt.yml", text); err != nil || len(again.known) == 0 {
			t.Errorf("what was written can't be read: %v in %q", err, text)
		}
	})
}

// Whatever a model answers, the rows that are kept can be written.
func FuzzAnswer(f *testing.F) {
	f.Add(answered(row(1, false, "a"), row(1, true, "\u2028\n---\n")))
	f.Add(`{"rows":[{"rule":1,"values":null},{"rule":1,"why":"\u0000#","values":{"text":"\ud800","expected":" x\n"}}]}`)
	f.Add(`{"rows":[{"RULE":1,"values":{"text":"\ufeff","expected":"|-"}}]} x`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Read("x.prompt.yml", []byte(summary))
		if err != nil {
			t.Fatal(err)
		}
		answers := []string{spec("one sentence", "A."), text}
		got, err := p.Propose(t.Context(), func(context.Context, inference.Request) (inference.Answer, error) {
			a := inference.Answer{Text: answers[0]}
			answers = answers[1:]
			return a, nil
		}, Options{})
		if (err == nil) != (len(got.Rows) > 0) {
			t.Fatalf("%d rows: %v", len(got.Rows), err)
		}
		if err == nil {
			if _, err := p.Write(got); err != nil {
				t.Errorf("%+v: %v", got.Rows, err)
			}
		}
	})
}
