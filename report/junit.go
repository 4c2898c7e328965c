package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/keyless-inference/action/eval"
	"github.com/keyless-inference/action/sink"
)

// The elements of JUnit's XML that readers know. None of them has a specification;
// the schema that Jenkins' xUnit plugin has comes nearest to one, but for the file
// and the line of a case, which others read:
// https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitCounts
		Suites []*junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Skipped int         `xml:"skipped,attr"`
		Cases   []junitCase `xml:"testcase"`
	}
	junitCounts struct {
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     junitSeconds `xml:"time,attr"`
	}
	junitCase struct {
		Name      string       `xml:"name,attr"`
		Classname string       `xml:"classname,attr"`
		File      string       `xml:"file,attr"`
		Line      int          `xml:"line,attr"`
		Time      junitSeconds `xml:"time,attr"`
		Outcome   *junitOutcome
		Output    string `xml:"system-out,omitempty"`
	}
	// junitOutcome is what a case has that did not pass: a failure, an error or
	// skipped.
	junitOutcome struct {
		XMLName xml.Name
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	// junitSeconds have three digits behind the point, as the schema wants them.
	junitSeconds float64
)

// MarshalText is how seconds are written.
func (s junitSeconds) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "%.3f", max(0, float64(s))), nil
}

const (
	longestName    = 200     // UTF-16 units of the name of a case
	longestOutput  = 100_000 // of an answer; some XML readers refuse a text of 10 MB
	longestMessage = 500
)

// junitElements are what a verdict is in JUnit; what is neither passed nor one of
// these is an error.
var junitElements = map[eval.Verdict]string{eval.Failed: "failure", eval.Unjudged: "skipped", eval.Unasked: "skipped"}

// EvalJUnit writes results as the XML that JUnit began with and that CI systems
// read: a suite for each prompt file with each deployment, and in it a case for each
// row, with the file and the line of the row and the answer as its output: of
// several repetitions that of the first that did not pass. A test that is unjudged
// or was not asked is skipped, with a message that says so.
//
// Characters that XML 1.0 forbids, and those that nobody sees, are written by their
// numbers (https://www.w3.org/TR/xml/#charsets).
func EvalJUnit(w io.Writer, r eval.Results) error {
	all := junitSuites{Name: "keyless eval"}
	suites := map[string]*junitSuite{}
	for _, t := range r.TestResults {
		name := junitText(t.File+" with "+t.Deployment, longestName)
		suite := suites[name]
		if suite == nil {
			suite = &junitSuite{Name: name}
			suites[name] = suite
			all.Suites = append(all.Suites, suite)
		}
		suite.add(junitCaseOf(t, r.Ended))
	}
	for _, s := range all.Suites {
		all.Tests, all.Failures, all.Errors, all.Time = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors, all.Time+s.Time
	}
	b, err := xml.MarshalIndent(all, "", "  ")
	if err == nil {
		_, err = io.WriteString(w, xml.Header+string(b)+"\n")
	}
	if err != nil {
		return fmt.Errorf("writing the JUnit file: %w", err)
	}
	return nil
}

// add adds a case, and counts it.
func (s *junitSuite) add(c junitCase) {
	s.Cases = append(s.Cases, c)
	s.Tests++
	s.Time += c.Time
	if c.Outcome != nil {
		counts := map[string]*int{"failure": &s.Failures, "error": &s.Errors, "skipped": &s.Skipped}
		*counts[c.Outcome.XMLName.Local]++
	}
}

// junitCaseOf is a test as a case. The deployment is in its name as well, since
// some readers take two cases of one class and name for the same.
func junitCaseOf(t eval.Test, ended string) junitCase {
	_, r := telling(t)
	c := junitCase{
		Name:      junitText(fmt.Sprintf("row %d with %s: %s", t.Row, t.Deployment, caseOf(t)), longestName),
		Classname: junitText(t.File, longestName), File: sink.Visible(t.File), Line: max(1, t.Line),
		Output: junitOutput(r.ModelResponse),
	}
	for _, r := range t.Repetitions() {
		c.Time += junitSeconds(max(0, r.Seconds))
	}
	if t.Verdict != eval.Passed {
		element := cmp.Or(junitElements[t.Verdict], "error")
		parts := why(t, ended)
		c.Outcome = &junitOutcome{
			XMLName: xml.Name{Local: element}, Type: junitText(cmp.Or(string(t.Verdict), "error"), longestName),
			Message: junitText(cmp.Or(phrases(parts), state(t)), longestMessage),
			Text:    junitOutput(junitStory(t, r, parts)),
		}
	}
	return c
}

// junitStory is all there is to say of a test that did not pass. Some readers show
// nothing else of it.
func junitStory(t eval.Test, r eval.Repeat, parts []detail) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: row %d with %s: %s\ntest case: %s\n", placed(t).Where(), t.Row, t.Deployment, state(t), caseOf(t))
	for _, d := range parts {
		fmt.Fprintf(&b, "%s: %s\n", d.name, d.text)
	}
	for _, e := range r.EvaluationResults {
		if e.Reply != "" {
			fmt.Fprintf(&b, "the judge of %s: %s\n", e.EvaluatorName, e.Reply)
		}
	}
	return b.String()
}

// attachment is how readers are told in an output of a file that they should
// fetch from the machine, or of a property: not by what a model wrote.
// https://plugins.jenkins.io/junit-attachments/
var attachment = regexp.MustCompile(`\[\[(/?[A-Za-z]+[|\]])`)

// junitOutput is a text from outside that may have several lines.
func junitOutput(text string) string {
	text = clipped(text, longestOutput)
	return attachment.ReplaceAllString(sink.Visible(text), "[ [$1")
}

// junitText is a text from outside in one line.
func junitText(text string, most int) string {
	return junitOutput(strings.Join(strings.Fields(clipped(text, most)), " "))
}
