package eval

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/keyless-inference/action/prompt"
)

var update = flag.Bool("update", false, "write the table in docs/eval.md instead of comparing with it")

// A point is one in which an evaluation can differ from one of gh-models. What the two
// come to is computed where it can be.
// https://github.com/github/gh-models
type point struct {
	what         string
	theirs, ours func(t *testing.T) string
	why          string
	story        string // in testdata/script: what only a whole run shows
}

// says is a result that is told and not computed.
func says(text string) func(*testing.T) string { return func(*testing.T) string { return text } }

// What gh-models does, in as few words as possible.

// ghString uses the first of the criteria that is given.
func ghString(answer, equals, contains, startsWith, endsWith string) string {
	low := strings.ToLower
	passed := false
	switch {
	case equals != "":
		passed = answer == equals
	case contains != "":
		passed = strings.Contains(low(answer), low(contains))
	case startsWith != "":
		passed = strings.HasPrefix(low(answer), low(startsWith))
	default:
		passed = strings.HasSuffix(low(answer), low(endsWith))
	}
	return outcomeOf(passed, map[bool]float64{true: 1}[passed])
}

// ghJudged takes the first choice whose text is anywhere in the reply.
func ghJudged(all choices, reply string) string {
	for _, c := range all {
		if strings.Contains(strings.ToLower(reply), strings.ToLower(c.text)) {
			return outcomeOf(c.score > 0, c.score)
		}
	}
	return outcomeOf(false, 0)
}

// ghFill replaces one variable after the other, in the order given; a Go map has none.
func ghFill(text string, namesAndValues ...string) string {
	for i := 0; i < len(namesAndValues); i += 2 {
		text = strings.ReplaceAll(text, "{{"+namesAndValues[i]+"}}", namesAndValues[i+1])
	}
	return text
}

// ghRate is the pass rate of no tests.
func ghRate(passed, total int) float64 {
	if total == 0 {
		return 100
	}
	return 100 * float64(passed) / float64(total)
}

func outcomeOf(passed bool, score float64) string {
	return fmt.Sprintf("%s (score %v)", map[bool]string{true: "passes", false: "fails"}[passed], score)
}

// What we do.

func evaluated(t *testing.T, evaluator, answer string) string {
	e, row := one(t, "{word: Hello, input: x, expected: y}", evaluator)
	return told(e.Evaluate(row, Answer{Text: answer, Tokens: 1}))
}

func told(e Evaluation) string {
	if e.Error != "" {
		return "error: " + e.Error
	}
	return outcomeOf(e.Passed, e.Score)
}

// judgement is what an evaluator with these choices makes of the reply. The first scores
// 0 and the last 1.
func judgement(all choices, reply string) string {
	e := &Evaluator{Name: "judge", Kind: "llm", Judge: &Judge{choices: all}}
	return told(e.Judged(reply, nil))
}

func ladder(words ...string) (all choices) {
	for i, word := range words {
		all = append(all, choice{word, keyOf(word), float64(i) / float64(len(words)-1)})
	}
	return all
}

// verdictOf is a point about the reading of a reply.
func verdictOf(what string, all choices, reply, why string) point {
	return point{
		what:   what,
		theirs: func(*testing.T) string { return ghJudged(all, reply) },
		ours:   func(*testing.T) string { return judgement(all, reply) },
		why:    why,
	}
}

// textPoint is a point about an evaluator string.
func textPoint(what, answer, evaluator string, theirs string, why string) point {
	return point{what: what, theirs: says(theirs), why: why, ours: func(t *testing.T) string { return evaluated(t, "string: "+evaluator, answer) }}
}

// valuePoint is a point about a value that is no text; parsed is what Go makes of it.
func valuePoint(yaml string, parsed any, why string) point {
	return point{
		what:   "`{{x}}`, where x is `" + yaml + "`",
		theirs: ghFilled("{{x}}", "x", fmt.Sprint(parsed)),
		ours: func(t *testing.T) string {
			_, row := one(t, "{x: "+yaml+"}", "regex: x")
			return filled("{{x}}", row.Vars)(t)
		},
		why: why,
	}
}

// filled is a template filled in by us, or the mistake in it.
func filled(text string, vars prompt.Vars) func(*testing.T) string {
	return func(*testing.T) string {
		out, err := prompt.Fill("", text, vars)
		if err != nil {
			return "mistake: " + prompt.Errors(err)[0].Msg
		}
		return code(out)
	}
}

// code is a text as code in Markdown.
func code(text string) string {
	if text == "" {
		return "nothing"
	}
	return "`" + text + "`"
}

func ghFilled(text string, namesAndValues ...string) func(*testing.T) string {
	return says("`" + ghFill(text, namesAndValues...) + "`")
}

// mistakeIn is what we say of a file, or that there is nothing to say.
func mistakeIn(src string) func(*testing.T) string {
	return func(*testing.T) string {
		if _, err := Parse("", []byte(src)); err != nil {
			return "mistake, before anything is asked: " + prompt.Errors(err)[0].Msg
		}
		return "accepted"
	}
}

// asked is a request to a judge, in short.
func asked(evaluator string) func(*testing.T) string {
	return func(t *testing.T) string {
		e, row := one(t, "{input: the input, expected: the wanted}", evaluator)
		q, err := e.Question(row, "the answer\n")
		if err != nil {
			return err.Error()
		}
		var parts []string
		for _, m := range q.Messages {
			parts = append(parts, m.Role+": "+m.Content)
		}
		if q.Temperature != nil || q.MaxTokens != nil || q.MaxCompletionTokens != nil {
			parts = append(parts, "with parameters")
		}
		return "`" + strings.Join(parts, "; ") + "`"
	}
}

// seen is what the built-in evaluators see, and their choices.
func seen(t *testing.T) string {
	var all []string
	for _, name := range []string{"similarity", "coherence", "fluency", "relevance", "groundedness"} {
		var variables []string
		for _, d := range builtins["github/"+name].data {
			variables = append(variables, d.variable)
		}
		all = append(all, name+": "+strings.Join(variables, ", "))
	}
	e, _ := one(t, "{input: x, expected: y}", "uses: github/similarity")
	var scores []string
	for _, c := range e.Judge.choices {
		scores = append(scores, fmt.Sprintf("%s is %v", c.text, c.score))
	}
	return strings.Join(all, "; ") + "; " + e.Judge.ModelID + "; " + strings.Join(scores, ", ")
}

// keys are gh-models' keys that our results have under the same names.
func keys(t *testing.T) string {
	raw, err := json.Marshal(Results{TestResults: []Test{{TestCase: []byte("{}"), EvaluationResults: []Evaluation{{Details: "d"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for key := range strings.FieldsSeq("name description model testResults testCase modelResponse evaluationResults evaluatorName score passed details summary totalTests passedTests failedTests passRate") {
		if strings.Contains(string(raw), `"`+key+`":`) {
			all = append(all, key)
		}
	}
	return strings.Join(all, ", ")
}

func points() []point {
	const judge = "llm: {modelId: openai/gpt-4o, systemPrompt: 'Of {{input}}', prompt: '{{input}}: {{completion}}', choices: [{choice: a, score: 1}]}"
	five := fiveGrades()
	return []point{
		{what: "How rows are asked", theirs: says("one after the other"), ours: says("many at a time, as fast as the quota lets; the results are in the order of the file"), why: "500 rows take minutes, not an hour", story: "eval-parallel"},
		{
			what: "White space around the answer", theirs: func(*testing.T) string { return ghString(strings.TrimSpace(" Hello\n"), "Hello", "", "", "") },
			ours: func(t *testing.T) string { return evaluated(t, "string: {equals: Hello}", " Hello\n") }, why: "the same: it does not count",
		},

		textPoint("`contains: Hello, startsWith: x` on `Hello`", "Hello", "{contains: Hello, startsWith: x}", ghString("Hello", "", "Hello", "x", ""), "gh-models looks at one criterion alone (equals, else contains, else startsWith, else endsWith); whoever writes two means both"),
		textPoint("`equals: hello` on `Hello`", "Hello", "{equals: hello}", ghString("Hello", "hello", "", "", ""), "the same: equals minds the case"),
		textPoint("`contains: hELLO` on `Hello`", "Hello", "{contains: hELLO}", ghString("Hello", "", "hELLO", "", ""), "the same: contains, startsWith and endsWith do not"),
		textPoint("`contains: '{{word}}'`, where word is Hello", "Hello", "{contains: '{{word}}'}", ghString("Hello", "", ghFill("{{word}}", "word", "Hello"), "", ""), "the same: criteria are templates over the row"),
		textPoint("`equals: \"Hello\\n\"` on `Hello`", "Hello", `{equals: "Hello\n"}`, ghString("Hello", "Hello\n", "", "", ""), "the answer is trimmed, so white space at that end of a criterion could only ever fail; block texts of YAML end with it"),
		{
			what: "`contains: '{{word}}'`, where word is empty", theirs: func(*testing.T) string { return ghString("Hello", "", ghFill("{{word}}", "word", ""), "", "") },
			ours: mistakeIn(file("[{word: }]", "- string: {contains: '{{word}}'}")), why: "every answer contains the empty text, so nothing would be tested",
		},
		{what: "`string: {}`, no criterion", theirs: says("error, in the middle of the run"), ours: mistakeIn(file("[]", "- string: {}")), why: "found before anything is spent"},

		{what: "A judge's `prompt`", theirs: says("`system: Of {{input}}; user: " + ghFill("{{input}}: {{completion}}", "input", "the input", "completion", "the answer") + "`"), ours: asked(judge), why: "the same: the row and {{completion}} go into prompt and not into systemPrompt, and neither a temperature nor a cap is sent"},
		{what: "A judge's prompt without {{completion}}", theirs: says("asks, without showing the answer"), ours: mistakeIn(file("[{input: x}]", "- llm: {prompt: 'Good? {{input}}', choices: [{choice: a}]}")), why: "its verdict could not depend on the answer"},
		{what: "The judge's model", theirs: says("`modelId` at GitHub Models"), ours: says("the deployment that `judge-deployment` gives for `modelId`, or else the one of its name"), why: "a team's deployments have names of their own"},

		verdictOf("A judge that ends with 5 after \"There is 1 minor gap.\"", five, "There is 1 minor gap.\n5", "gh-models takes the first choice that is anywhere in the reply; the verdict is at its end"),
		verdictOf("A judge that says \"incorrect\"; choices correct and incorrect", choices{{"correct", "correct", 1}, {"incorrect", "incorrect", 0}}, "The answer is incorrect", "a choice inside of a longer word is not said"),
		verdictOf("A judge that says \"10\"; choices 1 to 5", five, "10", "1 is no part of 10; nothing is guessed"),
		verdictOf("A judge that says \"4 out of 5\"", five, "4 out of 5", "the same: what 4 is of is not the verdict"),
		verdictOf("A judge that says \"GOOD\"; choices bad and good", ladder("bad", "good"), "GOOD", "the same: case does not count"),
		verdictOf("A judge that says none of the choices", ladder("bad", "good"), "I can't tell", "no verdict is not a bad one: it is told apart from a failure, and the row does not pass"),
		verdictOf("A judge that names two choices", ladder("bad", "good"), "good, or bad", "nothing is guessed"),
		verdictOf("A choice with a score below 1, here 0.25", five, "2", "the same: any score above 0 passes, unless `pass-score` asks for more"),

		{what: "What built-in evaluators see", theirs: says("similarity: input, expected, completion; coherence: input, completion; fluency: completion; relevance: input, completion; groundedness: expected, input, completion; openai/gpt-4o; 1 is 0, 2 is 0.25, 3 is 0.5, 4 is 0.75, 5 is 1"), ours: seen, why: "the same"},
		{what: "The prompts of built-in evaluators", theirs: says("its own; the answer is pasted in"), ours: says("words of our own; the answer is quoted as data between random tags"), why: "an answer may say \"give it a 5\". Scores are not comparable one to one with old ones"},
		{what: "`uses: github/fluencey`, which does not exist", theirs: says("a failed result, after the row was asked"), ours: mistakeIn(file("[]", "- uses: github/fluencey")), why: "a slip in a name is no bad answer"},
		{what: "An evaluator without a method", theirs: says("error, in the middle of the run"), ours: mistakeIn(file("[]", "- name: empty")), why: "found before anything is spent"},
		{what: "An evaluator with several methods", theirs: says("the first of string, llm and uses counts"), ours: mistakeIn(file("[]", "- {string: {contains: x}, uses: github/fluency}")), why: "whoever writes two means both; give each an evaluator of its own"},
		{what: "Two evaluators of one name", theirs: says("accepted"), ours: mistakeIn(file("[]", "- {name: a, string: {contains: x}}\n- {name: a, string: {contains: y}}")), why: "results and thresholds go by the name"},

		{
			what: "A file without evaluators", theirs: says("every test passes"),
			ours: func(*testing.T) string {
				return "every test is " + string(VerdictOf(nil, "")) + ", and the run fails without `allow-unjudged`"
			}, why: "nothing was tested", story: "eval-unjudged",
		},
		{
			what: "No test data", theirs: func(*testing.T) string { return fmt.Sprintf("a pass rate of %v %%", ghRate(0, 0)) },
			ours: func(*testing.T) string {
				var none Results
				none.Sum()
				return fmt.Sprintf("a pass rate of %v %%", none.Summary.PassRate)
			}, why: "nothing was tested",
		},
		{what: "The service fails for a row", theirs: says("the run ends there, without a report"), ours: func(*testing.T) string {
			return "that test has the verdict " + string(VerdictOf(nil, "x")) + "; the rest goes on, and the report has all"
		}, why: "one failure must not cost the other answers", story: "eval-error"},
		{what: "429, too many requests", theirs: says("3 more attempts, for 429 alone, after the time that the service names or 60 seconds"), ours: says("the pace follows the quota, so that 429 is rare; it and other passing failures are tried again, within a deadline"), why: "rows that run in parallel share a quota", story: "eval-parallel"},
		{what: "The exit code", theirs: says("1 if a test failed, else 0"), ours: says("the same where no gate is set; `fail-below`, `thresholds`, `baseline` and `fail-on` set others; 2 for a wrong call or file"), why: "a model answers differently each time"},
		{what: "`--json`", theirs: says("name, description, model, testResults, testCase, modelResponse, evaluationResults, evaluatorName, score, passed, details, summary, totalTests, passedTests, failedTests, passRate"), ours: keys, why: "the same names and shape, with more keys beside them"},
		{what: "The sample workflow", theirs: says("evaluates the first changed file; no comment when a test failed"), ours: says("`prompt-file` takes patterns; the comment is posted in any case"), why: "a report is wanted most when something failed", story: "eval-fail"},

		{what: "`Say {{ word }}`, with spaces", theirs: ghFilled("Say {{ word }}", "word", "Hello"), ours: filled("Say {{ word }}", prompt.Vars{"word": "Hello"}), why: "the model would be sent the braces"},
		{what: "`Say {{wrod}}`, which the row lacks", theirs: ghFilled("Say {{wrod}}", "word", "Hello"), ours: mistakeIn("messages: [{role: user, content: 'Say {{wrod}}'}]\ntestData: [{word: Hello}]"), why: "the model would be sent the braces"},
		{
			what:   "`{{a}}`, where a is `see {{b}}` and b is `x`",
			theirs: says("`" + ghFill("{{a}}", "a", "see {{b}}", "b", "x") + "` or `" + ghFill("{{a}}", "b", "x", "a", "see {{b}}") + "`, by chance"),
			ours:   filled("{{a}}", prompt.Vars{"a": "see {{b}}", "b": "x"}), why: "one pass: a value is never a template",
		},
		{what: "`\\{{word}}`, to send the braces", theirs: ghFilled(`\{{word}}`, "word", "Hello"), ours: filled(`\{{word}}`, prompt.Vars{"word": "Hello"}), why: "gh-models has no way to write them"},
		{what: "`{{a.b}}`", theirs: ghFilled("{{a.b}}", "a.b", "x"), ours: filled("{{a.b}}", prompt.Vars{"a.b": "x"}), why: "the same: a dot is a part of the name"},
		valuePoint("1.10", 1.10, "a text is what the file says; quotes are not needed"),
		valuePoint("null", nil, "nothing is the empty text"),
		valuePoint("[a, 1]", []any{"a", 1}, "a list or a map is sent as JSON"),
		{what: "`{{my word}}`, a name with a space", theirs: ghFilled("{{my word}}", "my word", "x"), ours: mistakeIn("messages: [{role: user, content: '{{my word}}'}]\ntestData: [{my word: x}]"), why: "names are letters, digits, _ . and -, so that braces in code and other templates stay as they are"},
		{what: "A row with the variable `completion`", theirs: says("the answer wins, in a judge's prompt"), ours: mistakeIn(file("[{completion: x}]", "- {regex: x}")), why: "{{completion}} is the answer"},
		{what: "`jsonSchema` as JSON text", theirs: says("accepted"), ours: mistakeIn("messages: [{role: user, content: x}]\nresponseFormat: json_schema\njsonSchema: '{\"name\":\"a\",\"schema\":{}}'"), why: "the same"},
		{what: "`jsonSchema` as a map", theirs: says("error: jsonSchema must be a JSON string"), ours: mistakeIn("messages: [{role: user, content: x}]\nresponseFormat: json_schema\njsonSchema: {name: a, schema: {}}"), why: "YAML is easier to read; the order of its keys is kept"},
		{what: "`jsonSchema` without a name", theirs: says("error"), ours: mistakeIn("messages: [{role: user, content: x}]\nresponseFormat: json_schema\njsonSchema: {schema: {}}"), why: "the same"},
		{what: "`responseFormat: json_schema` without `jsonSchema`", theirs: says("error"), ours: mistakeIn("messages: [{role: user, content: x}]\nresponseFormat: json_schema"), why: "the same"},
		{what: "`responseFormat: json`", theirs: says("error"), ours: mistakeIn("messages: [{role: user, content: x}]\nresponseFormat: json"), why: "the same: text, json_object or json_schema"},
		{what: "`role: User`", theirs: says("accepted"), ours: mistakeIn("messages: [{role: User, content: x}]"), why: "there is one spelling"},
		{what: "`modelParameter:`, a key that does not exist", theirs: says("not noticed"), ours: mistakeIn("messages: [{role: user, content: x}]\nmodelParameter: {}"), why: "the setting would be missing and nobody would know"},
		{what: "`maxCompletionTokens` in modelParameters", theirs: says("not known, so reasoning models can't be capped"), ours: mistakeIn("messages: [{role: user, content: x}]\nmodelParameters: {maxCompletionTokens: 5}"), why: "reasoning models take this one alone"},
		{what: "Several system messages", theirs: says("the last one moves to the front (in `gh models run`)"), ours: says("all are sent, in their order"), why: "the file says what is sent"},
	}
}

// TestCompatible compares the table in docs/eval.md with what the two programs do; go
// test ./eval -update writes it.
func TestCompatible(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("\n| | `gh models eval` | `keyless eval` | |\n| --- | --- | --- | --- |\n")
	for _, p := range points() {
		theirs, ours := p.theirs(t), p.ours(t)
		if same := strings.HasPrefix(p.why, "the same"); same && theirs != ours && !(theirs == "error" && strings.HasPrefix(ours, "mistake")) {
			t.Errorf("%s: %s and %s are not the same", p.what, theirs, ours)
		} else if !same && theirs == ours {
			t.Errorf("%s: both come to %s", p.what, ours)
		}
		if p.story != "" {
			if _, err := os.Stat(filepath.Join("../testdata/script", p.story+".txtar")); err != nil {
				t.Errorf("%s: the story is missing: %v", p.what, err)
			}
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", tableCell.Replace(p.what), tableCell.Replace(theirs), tableCell.Replace(ours), tableCell.Replace(p.why))
	}
	compareTable(t, table.String())
}

// tableCell makes text stand in a table as it is.
var tableCell = strings.NewReplacer("|", "\\|", "\n", " ")

// compareTable compares the part of docs/eval.md between two marks with the table.
func compareTable(t *testing.T, table string) {
	const name, begin, end = "../docs/eval.md", "<!-- compat: written by go test ./eval -update -->\n", "<!-- end of compat -->"
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && *update {
		raw, err = []byte(begin+end+"\n"), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), begin)
	got, after, closed := strings.Cut(rest, end)
	switch table += "\n"; {
	case !found || !closed:
		t.Errorf("%s has no table between %q and %q", name, strings.TrimSpace(begin), end)
	case got == table:
	case *update:
		if err := os.WriteFile(name, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s does not match (go test ./eval -update rewrites it):\n%s\nwant\n%s", name, got, table)
	}
}
