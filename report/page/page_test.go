package page

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	dom "golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/keyless-inference/action/eval"
)

// written is a page as a parser that is not ours reads it.
func written(t testing.TB, r eval.Results, o Options) (text string, elements []*dom.Node) {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r, o); err != nil {
		t.Fatal(err)
	}
	root, err := dom.Parse(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == dom.ElementNode {
			elements = append(elements, n)
		}
	}
	return b.String(), elements
}

func attribute(n *dom.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func of(elements []*dom.Node, tag atom.Atom) (found []*dom.Node) {
	for _, n := range elements {
		if n.DataAtom == tag {
			found = append(found, n)
		}
	}
	return found
}

// check fails unless the page has the scripts that we wrote and no others, and
// returns the results that they hold.
func check(t testing.TB, elements []*dom.Node) (o Options, r eval.Results) {
	t.Helper()
	scripts := of(elements, atom.Script)
	if len(scripts) != 3 || attribute(scripts[0], "id") != "results" || attribute(scripts[1], "id") != "tests" {
		t.Fatalf("%d scripts, and not those that were written", len(scripts))
	}
	if got := scripts[2].FirstChild.Data; got != script {
		t.Errorf("the script has become %.100q", got)
	}
	head := struct {
		Options *Options
		Results *eval.Results
	}{&o, &r}
	for i, v := range []any{&head, &r.TestResults} {
		if attribute(scripts[i], "type") != "application/json" {
			t.Error("a block of data might run")
		}
		if err := json.Unmarshal([]byte(scripts[i].FirstChild.Data), v); err != nil {
			t.Fatalf("reading the data back: %v", err)
		}
	}
	return o, r
}

// same compares results as JSON, in which nil and no tests are alike, and so are
// bytes that are no UTF-8 and what stands for them.
func same(t testing.TB, got, want eval.Results) {
	t.Helper()
	text := func(r eval.Results) string {
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReplacer(`"testResults":null`, `"testResults":[]`, `\ufffd`, "\ufffd").Replace(string(raw))
	}
	if got, want := text(got), text(want); got != want {
		t.Errorf("the results have become\n%.2000s\nand were\n%.2000s", got, want)
	}
}

func TestResultsStandInThePageUnchanged(t *testing.T) {
	t.Parallel()
	for name, example := range map[string]func() (eval.Results, Options){"small": small, "hostile": hostile, "nothing": func() (r eval.Results, o Options) { return r, o }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, o := example()
			text, elements := written(t, r, o)
			gotOptions, got := check(t, elements)
			same(t, got, r)
			if gotOptions != o {
				t.Errorf("the options have become %+v and were %+v", gotOptions, o)
			}
			if len(r.TestResults) > 0 && strings.Count(text, "\n"+`{"testCase":`)+strings.Count(text, "\n"+`,{"testCase":`) != len(r.TestResults) {
				t.Error("a test is not on a line of its own")
			}
		})
	}
}

// TestPolicyKnowsStyleAndScript: it comes before everything that it is to hold for.
func TestPolicyKnowsStyleAndScript(t *testing.T) {
	t.Parallel()
	_, elements := written(t, eval.Results{}, Options{})
	first := of(elements, atom.Head)[0].FirstChild.NextSibling
	policy := attribute(first, "content")
	if first.DataAtom != atom.Meta || attribute(first, "http-equiv") != "Content-Security-Policy" {
		t.Fatalf("the head begins with %s", first.Data)
	}
	styles := of(elements, atom.Style)
	for _, want := range []string{
		"default-src 'none'", "script-src '" + hash(script) + "'", "style-src '" + hash(styles[0].FirstChild.Data) + "'",
		"img-src 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
	} {
		if !strings.Contains("; "+policy+";", "; "+want+";") {
			t.Errorf("the policy has no %s: %s", want, policy)
		}
	}
	if len(styles) != 1 || strings.Contains(policy, "unsafe") {
		t.Errorf("%d styles, policy %s", len(styles), policy)
	}
}

// TestFrameHasNoHandlersAndLoadsNothing reads what page.html says itself.
func TestFrameHasNoHandlersAndLoadsNothing(t *testing.T) {
	t.Parallel()
	_, elements := written(t, eval.Results{}, Options{})
	for _, n := range elements {
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
}

// TestScriptMakesNoMarkup looks for everything that turns text into markup or code,
// and for what would ask a server or keep something.
func TestScriptMakesNoMarkup(t *testing.T) {
	t.Parallel()
	forbidden := regexp.MustCompile(`(?i)innerHTML|outerHTML|insertAdjacentHTML|document\s*\.\s*write|setHTML|parseFromString|createContextualFragment|srcdoc|` +
		`\beval\b|\bnew\s+Function\b|\bsetTimeout\(\s*['"` + "`" + `]|\bimport\b|\bfetch\b|XMLHttpRequest|WebSocket|EventSource|sendBeacon|localStorage|sessionStorage|\bcookie\b|` +
		`\.on[a-z]+\s*=|cssText|insertRule|window\.open|</script|<!--`)
	if found := forbidden.FindString(script); found != "" {
		t.Errorf("the script has %q", found)
	}
	if found := regexp.MustCompile(`(?i)@import|url\(|</style|expression\(`).FindString(style); found != "" {
		t.Errorf("the style has %q", found)
	}
}

func TestStyleAndScriptStaySmall(t *testing.T) {
	t.Parallel()
	if size := len(style) + len(script); size > 36<<10 {
		t.Errorf("style and script are %d bytes, %d too many", size, size-36<<10)
	}
	for _, text := range []string{frame, style, script} {
		if strings.ContainsAny(text, "\r\x00") || !utf8.ValidString(text) {
			t.Error("a browser reads something else than is hashed: a carriage return, a NUL, or no UTF-8")
		}
	}
}

func TestErrorsOfTheWriter(t *testing.T) {
	t.Parallel()
	r, o := small()
	var whole bytes.Buffer
	if err := Write(&whole, r, o); err != nil {
		t.Fatal(err)
	}
	for room := 0; room < whole.Len(); room += 997 {
		if err := Write(&disk{room}, r, o); !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "writing the page of the evaluation: ") {
			t.Errorf("after %d bytes: %v", room, err)
		}
	}
	r.TestResults[0].EvaluationResults = []eval.Evaluation{{Score: math.NaN()}}
	if err := Write(io.Discard, r, o); err == nil {
		t.Error("a score that is no number has become a page")
	}
}

var errFull = errors.New("the disk is full")

// A disk has room for so many bytes.
type disk struct{ room int }

func (d *disk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// FuzzWrite reads pages back with a parser that is not ours.
func FuzzWrite(f *testing.F) {
	for _, a := range attacks {
		f.Add(a, a, a)
	}
	f.Fuzz(func(t *testing.T, answer, name, value string) {
		r := eval.Results{Name: name, TestResults: []eval.Test{
			{ModelResponse: answer, Deployment: name, File: value, EvaluationResults: []eval.Evaluation{{EvaluatorName: name, Reply: answer}}},
			{TestCase: testCase(map[string]any{name: value}), Error: answer},
		}}
		o := Options{Title: value, Version: name, Run: answer}
		_, plain := written(t, eval.Results{}, Options{})
		_, elements := written(t, r, o)
		if !reflect.DeepEqual(tags(elements), tags(plain)) {
			t.Errorf("the page has other elements: %v", tags(elements))
		}
		gotOptions, got := check(t, elements)
		r.TestResults[0].TestCase = json.RawMessage("null")
		same(t, got, r)
		if gotOptions != o && utf8.ValidString(answer+name+value) {
			t.Errorf("the options have become %+v and were %+v", gotOptions, o)
		}
	})
}

func tags(elements []*dom.Node) (all []string) {
	for _, n := range elements {
		all = append(all, n.Data)
	}
	return all
}
