package inference

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Bodies of refused parameters as they were seen.
const (
	refusedMaxTokens   = `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`
	refusedCompletion  = `{"error":{"message":"Unrecognized request argument supplied: max_completion_tokens","type":"invalid_request_error","param":null,"code":null}}`
	refusedTemperature = `{"error":{"message":"Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.","type":"invalid_request_error","param":"temperature","code":"unsupported_value"}}`
	refusedOnResponses = `{"error":{"message":"Unsupported parameter: 'temperature' is not supported with this model.","type":"invalid_request_error","param":"temperature","code":null}}`
	refusedTopP        = `{"error":{"message":"Unsupported parameter: 'top_p' is not supported with this model.","type":"invalid_request_error","param":"top_p","code":"unsupported_parameter"}}`
	refusedEffort      = `{"error":{"message":"Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.","type":"invalid_request_error","param":"reasoning_effort","code":"unsupported_value"}}`
	refusedEffortThere = `{"error":{"message":"Unsupported parameter: 'reasoning.effort' is not supported with this model.","type":"invalid_request_error","param":"reasoning.effort","code":"unsupported_parameter"}}`
	tooLarge           = `{"error":{"message":"max_tokens is too large: 900000. This model supports at most 16384 completion tokens.","type":"invalid_request_error","param":"max_tokens","code":"invalid_value"}}`
)

func TestHeal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		api     string
		bodies  []string
		there   []string // in the healed request
		missing []string
	}{
		"cap for a reasoning model": {Chat, []string{refusedMaxTokens}, []string{`"max_completion_tokens":100`}, []string{`"max_tokens"`}},
		"temperature":               {Chat, []string{refusedTemperature}, []string{`"max_tokens":100`, `"top_p"`}, []string{`"temperature"`}},
		"one after the other":       {Chat, []string{refusedMaxTokens, refusedTemperature, refusedTopP, refusedEffort}, []string{`"max_completion_tokens":100`}, []string{`"max_tokens"`, `"temperature"`, `"top_p"`, `"reasoning_effort"`}},
		"null code on Responses":    {Responses, []string{refusedOnResponses}, []string{`"max_output_tokens":100`}, []string{`"temperature"`}},
		"effort on Responses":       {Responses, []string{refusedEffortThere}, []string{`"temperature"`}, []string{`"reasoning"`}},
	} {
		var answers []answerer
		for _, b := range c.bodies {
			answers = append(answers, refusal(400, b))
		}
		good := hello
		if c.api == Responses {
			good = responseEvents(deltaEvent, completedEvent())
		}
		f := serve(append(answers, good)...)
		client := f.client()
		client.Attempts = 1 // healing is no failed attempt
		var notes []string
		client.Log = func(s string) { notes = append(notes, s) }
		q := ask()
		q.API, q.MaxTokens, q.Temperature, q.TopP, q.ReasoningEffort = c.api, new(int64(100)), new(0.0), new(0.9), "minimal"
		got, err := client.Ask(t.Context(), q)
		if err != nil || got.Attempts != len(c.bodies)+1 || len(notes) != len(c.bodies) {
			t.Errorf("%s: %+v, %v, notes %q", name, got, err, notes)
			continue
		}
		if _, err := client.Ask(t.Context(), q); err != nil || len(f.seen) != len(c.bodies)+2 {
			t.Errorf("%s: not remembered: %d requests, %v", name, len(f.seen), err)
		}
		for _, sent := range f.seen[len(c.bodies):] {
			contains(t, sent.raw, c.there...)
			for _, gone := range c.missing {
				if strings.Contains(sent.raw, gone) {
					t.Errorf("%s: %s was sent again: %s", name, gone, sent.raw)
				}
			}
		}
		q.Deployment = "other"
		_, _ = client.Ask(t.Context(), q)
		if last := f.seen[len(f.seen)-1].raw; !strings.Contains(last, `"temperature":0`) {
			t.Errorf("%s: another deployment was healed too: %s", name, last)
		}
	}
}

func TestHealSwapsForOldVersions(t *testing.T) {
	t.Parallel()
	f := serve(refusal(400, refusedCompletion), hello)
	q := ask()
	q.MaxCompletionTokens = new(int64(5))
	if _, err := f.client().Ask(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	contains(t, f.seen[1].raw, `"max_tokens":5`)
}

func TestHealIsBounded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []answerer
		want    int
	}{
		"both caps refused":           {[]answerer{refusal(400, refusedMaxTokens), refusal(400, refusedCompletion)}, 2},
		"the same again":              {[]answerer{refusal(400, refusedTemperature)}, 2},
		"out of bounds":               {[]answerer{refusal(400, tooLarge)}, 1},
		"not sent":                    {[]answerer{refusal(400, refusedTopP)}, 1},
		"not a 400":                   {[]answerer{refusal(422, refusedTemperature)}, 1},
		"a message without structure": {[]answerer{refusal(400, `{"error":{"message":"Unsupported parameter: 'temperature'","param":null,"code":null}}`)}, 1},
	} {
		f := serve(c.answers...)
		q := ask()
		q.MaxTokens, q.Temperature = new(int64(100)), new(0.0)
		if _, err := f.client().Ask(t.Context(), q); err == nil || len(f.seen) != c.want {
			t.Errorf("%s: %d requests, want %d: %v", name, len(f.seen), c.want, err)
		}
	}
}

func TestHealConcurrently(t *testing.T) {
	t.Parallel()
	c := serve().client()
	c.Do = func(r *http.Request) (*http.Response, error) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "temperature") {
			return refusal(400, refusedTemperature)(r)
		}
		return hello(r)
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			q := ask()
			q.Temperature = new(0.0)
			if _, err := c.Ask(t.Context(), q); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
}
