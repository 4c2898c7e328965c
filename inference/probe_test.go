package inference

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/keyless-inference/action/inference/pace"
)

const (
	probedAnswer   = `{"choices":[{"finish_reason":"length","index":0,"message":{"role":"assistant","content":""}}],"model":"gpt-4o-mini-2024-07-18","object":"chat.completion","usage":{"prompt_tokens":8,"completion_tokens":16,"total_tokens":24}}`
	textAnswer     = `{"choices":[{"finish_reason":"length","index":0,"text":"Hi"}],"model":"gpt-35-turbo-instruct","object":"text_completion","usage":{"prompt_tokens":1,"completion_tokens":16,"total_tokens":17}}`
	responseAnswer = `{"id":"resp_1","object":"response","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"model":"gpt-5","output":[],"usage":{"input_tokens":8,"output_tokens":16,"total_tokens":24}}`
)

// A probe is one request, and says what its answer shows.
func TestProbe(t *testing.T) {
	t.Parallel()
	quota := []string{"X-Ratelimit-Limit-Tokens: 30000", "X-Ratelimit-Remaining-Tokens: 29976", "X-Ratelimit-Limit-Requests: 30", "X-Ratelimit-Remaining-Requests: 29"}
	for _, c := range []struct {
		api, answer, url, body, model string
		tokens                        int64
	}{
		{"", probedAnswer, "/openai/v1/chat/completions", `{"messages":[{"content":"Hi","role":"user"}],"model":"gpt","max_completion_tokens":16}`, "gpt-4o-mini-2024-07-18", 24},
		{Responses, responseAnswer, "/openai/v1/responses", `"max_output_tokens":16`, "gpt-5", 24},
		{Completions, textAnswer, "/openai/v1/completions", `{"prompt":"Hi","model":"gpt","max_tokens":16}`, "gpt-35-turbo-instruct", 17},
		{Embeddings, vectorList(vectorItem(0, 1, 2)), "/openai/deployments/gpt/embeddings?api-version=2024-10-21", `"input":["Hi"]`, "text-embedding-3-small", 7},
	} {
		f := serve(answer(200, "application/json", c.answer, quota...))
		got, err := f.client().Probe(t.Context(), ProbeRequest{Deployment: "gpt", API: c.api})
		want := Probe{
			API: got.API, Model: c.model, RequestID: "req-1", Status: 200, Tokens: c.tokens, Total: got.Total,
			Quota: pace.Quota{LimitTokens: 30000, RemainingTokens: 29976, LimitRequests: 30, RemainingRequests: 29},
		}
		if err != nil || got != want || got.API != orDefault(c.api, Chat) {
			t.Errorf("%s: got %+v, %v", c.api, got, err)
		}
		if len(f.seen) != 1 || f.seen[0].url != endpoint+c.url || !strings.Contains(f.seen[0].raw, c.body) {
			t.Errorf("%s: sent %+v", c.api, f.seen)
		}
	}
}

// Whatever goes wrong, there is no second request, and the refusal is told as
// that of any call.
func TestProbeIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer answerer
		status int
		want   string
	}{
		"no role":       {refusal(401, `{"error":{"code":"PermissionDenied","message":"Principal does not have access to API/Operation."}}`), 401, "the identity has no role"},
		"no deployment": {refusal(404, `{"error":{"code":"DeploymentNotFound","message":"no"}}`), 404, "no deployment of that name"},
		"rate limit":    {refusal(429, rateLimited, "Retry-After: 20"), 429, "rate limit is used up"},
		"embeddings":    {refusal(400, `{"error":{"code":"OperationNotSupported","message":"The chatCompletion operation does not work with the specified model, gpt."}}`), 400, "does not know this API"},
		"broken":        {refusal(500, serverError), 500, "the service failed"},
		"a login page":  {answer(200, "text/html", "<html>"), 200, "no usable answer"},
		"no choices":    {whole(`{"choices":[]}`), 200, "no usable answer"},
		"no connection": {unreachable, 0, "no answer"},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := serve(c.answer)
			got, err := f.client().Probe(t.Context(), ProbeRequest{Deployment: "gpt"})
			problem(t, err, "trying gpt at contoso.openai.azure.com: ", c.want)
			var e *ServiceError
			if errors.As(err, &e) && e.Status != c.status || got.Status != c.status || len(f.seen) != 1 {
				t.Errorf("%s: %d requests, %+v, %v", name, len(f.seen), got, err)
			}
		})
	}
}

// A model that wants another cap has been asked all the same.
func TestProbeWithAnotherCap(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"error":{"message":"Unsupported parameter: 'max_completion_tokens' is not supported with this model.","type":"invalid_request_error","param":"max_completion_tokens","code":"unsupported_parameter"}}`,
		`{"error":{"message":"Unrecognized request argument supplied: max_completion_tokens","type":"invalid_request_error","param":null,"code":null}}`,
	} {
		f := serve(refusal(400, body))
		got, err := f.client().Probe(t.Context(), ProbeRequest{Deployment: "gpt"})
		if err != nil || got.Status != 400 || got.Refused != "max_completion_tokens" || len(f.seen) != 1 {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	f := serve(refusal(400, `{"error":{"message":"Unsupported value: 'temperature' does not support 0.","param":"temperature","code":"unsupported_value"}}`))
	if got, err := f.client().Probe(t.Context(), ProbeRequest{Deployment: "gpt"}); err == nil || got.Refused != "" {
		t.Errorf("got %+v", got)
	}
}

func TestProbeFree(t *testing.T) {
	t.Parallel()
	f := serve(whole(`{"data":[{"id":"gpt-4o"}],"object":"list"}`))
	got, err := f.client().ProbeFree(t.Context())
	if err != nil || got.Status != 200 || got.RequestID != "req-1" || f.seen[0].url != endpoint+"/openai/v1/models" || f.seen[0].raw != "" {
		t.Errorf("got %+v, %v, asked %+v", got, err, f.seen)
	}
	c := serve(whole(`{"status":"ok"}`)).client()
	c.APIVersion = "2024-10-21"
	_, err = c.ProbeFree(t.Context())
	problem(t, err, "listing the models at contoso.openai.azure.com: ", "no usable answer")
	_, err = serve(refusal(401, `{"error":{"code":"PermissionDenied","message":"no"}}`)).client().ProbeFree(t.Context())
	problem(t, err, "the identity has no role")
}

func TestProbeMistakes(t *testing.T) {
	t.Parallel()
	f := serve(hello)
	c := f.client()
	c.Endpoint = "http://example.com"
	_, err := c.Probe(t.Context(), ProbeRequest{API: "images"})
	contains(t, err.Error(), `the api "images" is unknown: use chat, completions, responses or embeddings`, "no deployment is named", "the endpoint")
	if _, err := c.ProbeFree(t.Context()); err == nil || len(f.seen) != 0 {
		t.Errorf("%d requests, %v", len(f.seen), err)
	}
}
