package emulator

import (
	"fmt"
	"net/http"
	"strings"
)

// categories are what the content filter grades by severity, in the order of
// its answers.
var categories = []string{"hate", "self_harm", "sexual", "violence"}

// Magic words in any message trip the content filter before the model is
// asked: emulate:filter-hate, -self-harm, -sexual and -violence with the
// severity high, emulate:filter-jailbreak as a detected attack. For the filter
// on the answer there is [wordFilterCompletion].
const (
	wordFilter    = "emulate:filter-"
	wordJailbreak = wordFilter + "jailbreak"
)

// filterPrompt refuses a question with a magic word in it.
func filterPrompt(q question) *denial {
	var high []string
	for _, c := range categories {
		if q.says(wordFilter + strings.ReplaceAll(c, "_", "-")) {
			high = append(high, c)
		}
	}
	jailbreak := q.says(wordJailbreak)
	if high == nil && !jailbreak {
		return nil
	}
	return &denial{http.StatusBadRequest, filtered("innererror", "content_filter_result", high, jailbreak), nil}
}

// filtered is the body of the prompt filter's answer. The names of the two
// inner members differ between front ends of the service.
func filtered(inner, result string, high []string, jailbreak bool) string {
	grades := severities(high...)
	return fmt.Sprintf(`{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766",`+
		`"type":null,"param":"prompt","code":"content_filter","status":400,"%s":{"code":"ResponsibleAIPolicyViolation",`+
		`"%s":{"hate":%s,"jailbreak":{"filtered":%t,"detected":%t},"self_harm":%s,"sexual":%s,"violence":%s}}}}`,
		inner, result, compact(grades["hate"]), jailbreak, jailbreak,
		compact(grades["self_harm"]), compact(grades["sexual"]), compact(grades["violence"]))
}

// severities grades the categories in high as high and filtered, the others as
// safe.
func severities(high ...string) object {
	grades := object{}
	for _, c := range categories {
		grades[c] = object{"filtered": false, "severity": "safe"}
	}
	for _, c := range high {
		grades[c] = object{"filtered": true, "severity": "high"}
	}
	return grades
}

// promptResults are the filter's findings on a prompt that passed.
func promptResults() []any {
	grades := severities()
	grades["jailbreak"] = undetected()
	return []any{object{"prompt_index": 0, "content_filter_results": grades}}
}

// results are its findings on the answer.
func (a answer) results() object {
	if a.finish == "content_filter" {
		return severities("violence")
	}
	return severities()
}

// wholeResults are its findings on an answer in one piece, where protected
// material is looked for as well.
func (a answer) wholeResults() object {
	grades := a.results()
	grades["protected_material_code"] = undetected()
	grades["protected_material_text"] = undetected()
	return grades
}

// The findings on what passed, which nearly everything does.
var (
	safeResults       = written(compact(severities()))
	safeWholeResults  = written(compact(answer{}.wholeResults()))
	safePromptResults = written(compact(promptResults()))
)

// wholeFindings are wholeResults as JSON.
func (a answer) wholeFindings() written {
	if a.finish == "content_filter" {
		return written(compact(a.wholeResults()))
	}
	return safeWholeResults
}

func undetected() object { return object{"filtered": false, "detected": false} }
