package eval

import "encoding/json"

// A Verdict is what a test comes to, or one repetition of it.
type Verdict string

const (
	Passed   Verdict = "passed"   // every evaluator was content
	Failed   Verdict = "failed"   // an evaluator was not
	Errored  Verdict = "error"    // there is no answer, or an evaluator could not tell
	Unjudged Verdict = "unjudged" // there is an answer and no evaluator: nothing is known
	Unasked  Verdict = "unasked"  // the run ended before it
)

// Results are everything that an evaluation came to. As JSON they are what
// "gh models eval --json" prints for one prompt file, with more keys: those of its
// keys are there under their names and with their meaning.
// https://github.com/github/gh-models
type Results struct {
	Name        string  `json:"name"`        // of the prompt file; of several, how many they are
	Description string  `json:"description"` // of the prompt file; "" of several
	Model       string  `json:"model"`       // the deployment; of several, their names with commas between
	TestResults []Test  `json:"testResults"` // by file, row and deployment
	Summary     Summary `json:"summary"`     // of all tests

	Groups      []Group           `json:"groups"`               // of each prompt file with each deployment
	Deployments []DeploymentTotal `json:"deployments"`          // of each deployment
	Evaluators  []EvaluatorTotal  `json:"evaluators"`           // of each evaluator, by name
	Comparison  *Comparison       `json:"comparison,omitempty"` // with the baseline; nil without one
	Gates       []Gate            `json:"gates"`                // what decides whether the evaluation passes
	Ended       string            `json:"ended,omitempty"`      // why it ended before everything was asked
	Usage       Usage             `json:"usage"`                // of answers
	JudgeUsage  Usage             `json:"judgeUsage"`           // of judges and embeddings

	BaselineUsage Usage `json:"baselineUsage"` // of the answers of prompts as they were, where those were asked too
}

// Passed reports whether every gate is open.
func (r Results) Passed() bool {
	for _, g := range r.Gates {
		if !g.Passed {
			return false
		}
	}
	return true
}

// A Test is one row of test data with one deployment.
type Test struct {
	TestCase          json.RawMessage `json:"testCase"`          // the row: a JSON object
	ModelResponse     string          `json:"modelResponse"`     // of the first repetition; beside an error what had arrived
	EvaluationResults []Evaluation    `json:"evaluationResults"` // of the first repetition, in the order of the file

	File       string   `json:"file"`
	Line       int      `json:"line"`       // of the row in the file, from 1
	Column     int      `json:"column"`     // likewise
	Row        int      `json:"row"`        // its number, from 1
	Deployment string   `json:"deployment"` // whose answer it is
	Verdict    Verdict  `json:"verdict"`
	Passes     int      `json:"passes"`  // how many repetitions passed
	Runs       int      `json:"runs"`    // how many there are
	MinPass    int      `json:"minPass"` // how many must pass
	Error      string   `json:"error,omitempty"`
	Usage      Usage    `json:"usage"`             // of all repetitions, judges not included
	Repeated   []Repeat `json:"repeats,omitempty"` // each repetition, where there are several

	FinishReason string  `json:"finishReason,omitempty"` // of the first repetition
	Seconds      float64 `json:"seconds"`                // that its answer took, waits for quota not included

	Change Change  `json:"change,omitempty"` // beside the baseline; "" without one
	Before *Before `json:"before,omitempty"` // what the baseline has
}

// A Repeat is one repetition of a test.
type Repeat struct {
	ModelResponse     string       `json:"modelResponse"`
	EvaluationResults []Evaluation `json:"evaluationResults"`
	Verdict           Verdict      `json:"verdict"`
	Error             string       `json:"error,omitempty"`
	FinishReason      string       `json:"finishReason,omitempty"`
	Seconds           float64      `json:"seconds"`
	Usage             Usage        `json:"usage"`
}

// An Evaluation is what one evaluator says of one answer.
type Evaluation struct {
	EvaluatorName string  `json:"evaluatorName"`
	Score         float64 `json:"score"` // mostly 0 to 1
	Passed        bool    `json:"passed"`
	Details       string  `json:"details,omitempty"` // what was looked for and found, for people

	Kind  string `json:"kind,omitempty"`  // string, llm, regex, …
	Error string `json:"error,omitempty"` // why the evaluator could not tell
	Reply string `json:"reply,omitempty"` // the judge's own words
}

// Usage are tokens as the service bills them.
type Usage struct {
	Prompt     int64 `json:"promptTokens"`
	Completion int64 `json:"completionTokens"`
	Total      int64 `json:"totalTokens"`
}

// A Summary counts tests. Those without a verdict of any evaluator are neither
// passed nor failed: TotalTests is PassedTests, FailedTests and UnjudgedTests.
type Summary struct {
	TotalTests  int     `json:"totalTests"`
	PassedTests int     `json:"passedTests"`
	FailedTests int     `json:"failedTests"` // errors and what was not asked included
	PassRate    float64 `json:"passRate"`    // in percent, of the passed and failed ones; 0 if there are none

	ErrorTests    int `json:"errorTests"`
	UnaskedTests  int `json:"unaskedTests"`
	UnjudgedTests int `json:"unjudgedTests"`
	FlakyTests    int `json:"flakyTests"` // of several repetitions some passed and some did not
}

// A Group is one prompt file with one deployment.
type Group struct {
	File        string  `json:"file"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Model       string  `json:"model"` // as the file has it
	Deployment  string  `json:"deployment"`
	Summary     Summary `json:"summary"`
}

// A DeploymentTotal is one deployment beside the others.
type DeploymentTotal struct {
	Deployment string  `json:"deployment"`
	Summary    Summary `json:"summary"`
	Usage      Usage   `json:"usage"`  // of its answers
	Median     float64 `json:"median"` // seconds of an answer
	Slow       float64 `json:"slow"`   // seconds that one answer in twenty takes longer than
	GoodEnough bool    `json:"goodEnough"`
}

// An EvaluatorTotal is one evaluator over all tests and repetitions.
type EvaluatorTotal struct {
	Name      string  `json:"name"`
	Kind      string  `json:"kind"`
	Total     int     `json:"total"`
	Passed    int     `json:"passed"`
	Failed    int     `json:"failed"`
	Errors    int     `json:"errors"`
	PassRate  float64 `json:"passRate"`  // in percent of the total; 0 if there is none
	MeanScore float64 `json:"meanScore"` // of those without an error
	Threshold float64 `json:"threshold"` // in percent; 0: none
}

// A Change is a test beside the baseline.
type Change string

const (
	Better Change = "better" // it passes now and did not
	Worse  Change = "worse"  // it passed and does not now
	Same   Change = "same"
	New    Change = "new" // the baseline does not have it

	Unknown Change = "unknown" // now or then there was no verdict, so the two can't be compared
)

// Before is a test of the baseline.
type Before struct {
	ModelResponse string  `json:"modelResponse"`
	Verdict       Verdict `json:"verdict"`
	Passes        int     `json:"passes"`
	Runs          int     `json:"runs"`
}

// A Comparison is an evaluation beside an earlier one of the same rows.
type Comparison struct {
	Against      string  `json:"against"` // a file of results, or a commit
	Better       int     `json:"better"`
	Worse        int     `json:"worse"`
	Same         int     `json:"same"`
	New          int     `json:"new"`
	Gone         int     `json:"gone"`    // tests that the baseline alone has
	Unknown      int     `json:"unknown"` // tests without a verdict on one of the sides
	P            float64 `json:"p"`       // of as many getting worse by chance; see the package comment
	Significance float64 `json:"significance"`
	Regressed    bool    `json:"regressed"` // P is not above Significance, and more are worse than better
	Says         string  `json:"says"`      // in one sentence, for people
}

// A Gate is a condition on which an evaluation passes.
type Gate struct {
	Name   string `json:"name"` // the input that asks for it: fail-below, thresholds, fail-on, allow-unjudged; or complete
	Passed bool   `json:"passed"`
	Says   string `json:"says"` // in one sentence, for people
}
