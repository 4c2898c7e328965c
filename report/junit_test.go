package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/sink"
)

// An element is one of any XML file, as a reader that knows nothing of JUnit sees
// it.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Elements []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// junitShape is what an element may hold, and the attributes that it must have and
// no others.
var junitShape = map[string]struct{ elements, attrs string }{
	"testsuites": {"testsuite", "name tests failures errors time"},
	"testsuite":  {"testcase", "name tests failures errors time skipped"},
	"testcase":   {"failure error skipped system-out", "name classname file line time"},
	"failure":    {"", "type message"},
	"error":      {"", "type message"},
	"skipped":    {"", "type message"},
	"system-out": {"", ""},
}

var junitTime = regexp.MustCompile(`^[0-9]+\.[0-9]{3}$`)

// check fails unless the element has the shape that readers want.
func (e element) check(t testing.TB) {
	t.Helper()
	shape, known := junitShape[e.XMLName.Local]
	var names []string
	for _, a := range e.Attrs {
		names = append(names, a.Name.Local)
	}
	if !known || strings.Join(names, " ") != shape.attrs {
		t.Errorf("<%s> has the attributes %v, want %s", e.XMLName.Local, names, shape.attrs)
	}
	if strings.Contains(shape.attrs, "time") && !junitTime.MatchString(e.attr("time")) {
		t.Errorf("<%s> took %q", e.XMLName.Local, e.attr("time"))
	}
	for _, inner := range e.Elements {
		if !strings.Contains(" "+shape.elements+" ", " "+inner.XMLName.Local+" ") {
			t.Errorf("<%s> is in <%s>", inner.XMLName.Local, e.XMLName.Local)
		}
		inner.check(t)
	}
}

// count is how many cases within the element have such an element; all of them for
// "".
func (e element) count(name string) (n int) {
	for _, inner := range e.Elements {
		if inner.XMLName.Local == name || inner.XMLName.Local == "testcase" && name == "" {
			n++
		}
		n += inner.count(name)
	}
	return n
}

// forbiddenXML is a character that XML 1.0 has no place for, written or referred to.
var forbiddenXML = regexp.MustCompile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#x?(?:[0-8bBcCeEfF]|0*1[0-9a-fA-F]);")

func junitRoot(t testing.TB, file string) (root element) {
	t.Helper()
	if forbiddenXML.MatchString(file) {
		t.Errorf("%q is not allowed in XML", forbiddenXML.FindString(file))
	}
	decoder := xml.NewDecoder(strings.NewReader(file))
	err := decoder.Decode(&root)
	if err == nil {
		if _, err = decoder.Token(); err == io.EOF {
			err = nil
		}
	}
	if err != nil {
		t.Fatalf("%v in\n%.3000s", err, file)
	}
	return root
}

// evalJUnit is the file, and fails unless readers take it.
func evalJUnit(t testing.TB, r eval.Results) string {
	t.Helper()
	var b bytes.Buffer
	if err := EvalJUnit(&b, r); err != nil {
		t.Fatal(err)
	}
	root := junitRoot(t, b.String())
	root.check(t)
	seen := map[string]bool{}
	for _, e := range append(root.Elements, root) {
		for attr, inner := range map[string]string{"tests": "", "failures": "failure", "errors": "error", "skipped": "skipped"} {
			if want := e.attr(attr); want != "" && want != strconv.Itoa(e.count(inner)) {
				t.Errorf("<%s> says %s=%s and has %d", e.XMLName.Local, attr, want, e.count(inner))
			}
		}
		if seen[e.attr("name")] {
			t.Errorf("two suites are called %q", e.attr("name"))
		}
		seen[e.attr("name")] = true
	}
	if n := root.count(""); n != len(r.TestResults) {
		t.Errorf("%d cases of %d tests", n, len(r.TestResults))
	}
	return b.String()
}

func TestJUnitVerdicts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verdict       eval.Verdict
		element, want string
	}{
		{eval.Passed, "", ""},
		{eval.Failed, "failure", "greets: score 0: no Hello"},
		{eval.Errored, "error", "greets: score 0: no Hello"},
		{"of tomorrow", "error", "greets: score 0: no Hello"},
		{eval.Unjudged, "skipped", "unjudged: there is an answer, and no evaluator judges it"},
		{eval.Unasked, "skipped", "unasked: no time"},
	} {
		one := eval.Test{File: "a.prompt.yml", Line: 3, Row: 1, Deployment: "d", Verdict: c.verdict, TestCase: json.RawMessage(`{}`), Seconds: 1.5}
		if c.element == "failure" || c.element == "error" {
			one.EvaluationResults = []eval.Evaluation{{EvaluatorName: "greets", Details: "no Hello"}}
		}
		root := junitRoot(t, evalJUnit(t, eval.Results{TestResults: []eval.Test{one}, Ended: "no time"}))
		found := root.Elements[0].Elements[0]
		if c.element == "" {
			if len(found.Elements) != 0 {
				t.Errorf("%s: %+v", c.verdict, found)
			}
			continue
		}
		if len(found.Elements) != 1 || found.Elements[0].XMLName.Local != c.element || found.Elements[0].attr("message") != c.want || !strings.Contains(found.Elements[0].Text, c.want) {
			t.Errorf("%s: %+v", c.verdict, found.Elements)
		}
	}
}

// What a model writes is no order to fetch a file.
func TestJUnitHasNoAttachments(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"[[ATTACHMENT|/etc/passwd]]":     "[ [ATTACHMENT|/etc/passwd]]",
		"[[PROPERTY|a]]x[[/PROPERTY]]":   "[ [PROPERTY|a]]x[ [/PROPERTY]]",
		"[[1, 2]] and [[ATTACHMENT more": "[[1, 2]] and [[ATTACHMENT more",
		"[[[ATTACH\u200bMENT|x]]]":       "[[[ATTACH<U+200B>MENT|x]]]",
	} {
		if got := junitOutput(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzJUnit: a reader of XML takes the file, and finds the texts in it.
func FuzzJUnit(f *testing.F) {
	f.Add("a.prompt.yml", "d", "]]> <![CDATA[ &lt; \x00\x1b\ufffe\uffff \xff", "failed", "a\n\tb\r\nc")
	f.Add("</testsuite>", "@x", "\xed\xa0\x80", "error", "[[ATTACHMENT|x]]")
	f.Fuzz(func(t *testing.T, file, deployment, answer, verdict, says string) {
		one := eval.Test{
			File: file, Deployment: deployment, ModelResponse: answer, Verdict: eval.Verdict(verdict), TestCase: json.RawMessage(says), Error: says,
			EvaluationResults: []eval.Evaluation{{EvaluatorName: file, Details: says, Reply: answer}},
		}
		root := junitRoot(t, evalJUnit(t, eval.Results{TestResults: []eval.Test{one, one}, Ended: says}))
		found := root.Elements[0].Elements[0]
		if got := found.attr("file"); got != inXML(sink.Visible(file)) {
			t.Errorf("the file %q became %q", file, got)
		}
		for _, e := range found.Elements {
			if want := inXML(junitOutput(answer)); e.XMLName.Local == "system-out" && e.Text != want {
				t.Errorf("the answer %q became %q, want %q", answer, e.Text, want)
			}
		}
		if got := fmt.Sprint(len(found.Elements) > 0 && found.Elements[0].XMLName.Local != "system-out"); got != fmt.Sprint(verdict != "passed") {
			t.Errorf("%q: an outcome: %s", verdict, got)
		}
	})
}

// inXML is text as XML 1.0 can have it: what has no place there is a
// replacement character.
func inXML(text string) string {
	return strings.NewReplacer("\ufffe", "\ufffd", "\uffff", "\ufffd").Replace(text)
}
