package emulator

import (
	"errors"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"
)

// These tests read the emulator's bytes with the client that everybody uses.

func (m model) options() []option.RequestOption {
	return []option.RequestOption{
		option.WithBaseURL(m.url + "/openai/v1/"), option.WithAPIKey(m.token), option.WithMaxRetries(0), option.WithHTTPClient(plain),
	}
}

func chatParamsFor(model, user string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(user)}}
}

func TestSDKChat(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	service := openai.NewChatCompletionService(m.options()...)
	got, err := service.New(t.Context(), chatParamsFor("gpt-5-mini", "capital of France"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Choices[0].Message.Content != "Paris is it." || got.Choices[0].FinishReason != "stop" || got.Model != "gpt-5-mini-2025-08-07" ||
		got.Usage.CompletionTokensDetails.ReasoningTokens != 192 || got.Usage.TotalTokens != got.Usage.PromptTokens+195 {
		t.Errorf("%s", got.RawJSON())
	}
}

func TestSDKChatStream(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	service := openai.NewChatCompletionService(m.options()...)
	params := chatParamsFor("gpt-4o-mini", "capital of France")
	params.StreamOptions = openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)}
	for _, code := range []string{"", "filter-chunks"} {
		if code != "" {
			fail(t, m.e, "openai", code)
		}
		stream := service.NewStreaming(t.Context(), params)
		text, finish, usage := "", "", int64(0)
		for stream.Next() {
			c := stream.Current()
			usage += c.Usage.TotalTokens
			for _, choice := range c.Choices {
				text += choice.Delta.Content
				finish += choice.FinishReason
			}
		}
		if err := stream.Err(); err != nil || text != "Paris is it." || finish != "stop" || usage != 15 {
			t.Errorf("%s: %q, %s, %d, %v", code, text, finish, usage, err)
		}
	}
}

func TestSDKStreamFails(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	service := openai.NewChatCompletionService(m.options()...)
	for _, code := range []string{"stream-error", "stream-error-first", "cut", "cut-early"} {
		fail(t, m.e, "openai", code)
		stream := service.NewStreaming(t.Context(), chatParamsFor("gpt-4o-mini", "capital of France"))
		for stream.Next() {
		}
		if stream.Err() == nil {
			t.Errorf("%s: no error", code)
		}
	}
	_, err := service.New(t.Context(), chatParamsFor("nope", "hi"))
	if refused, ok := errors.AsType[*openai.Error](err); !ok || refused.Code != "DeploymentNotFound" || refused.StatusCode != 404 {
		t.Errorf("%v", err)
	}
}

func TestSDKResponses(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	service := responses.NewResponseService(m.options()...)
	params := responses.ResponseNewParams{
		Model: "gpt-5-codex", Store: openai.Bool(false), Reasoning: shared.ReasoningParam{Effort: "low"},
		Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("capital of France")},
	}
	got, err := service.New(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	if got.OutputText() != "Paris is it." || got.Status != "completed" || got.Model != "gpt-5-codex" || got.Usage.OutputTokensDetails.ReasoningTokens != 64 ||
		strings.Contains(got.RawJSON(), `"store":true`) {
		t.Errorf("%s", got.RawJSON())
	}
	stream := service.NewStreaming(t.Context(), params)
	text, last := "", ""
	for stream.Next() {
		e := stream.Current()
		last = e.Type
		if e.Type == "response.output_text.delta" {
			text += e.Delta
		}
	}
	if err := stream.Err(); err != nil || text != "Paris is it." || last != "response.completed" {
		t.Errorf("%q, %s, %v", text, last, err)
	}
	fail(t, m.e, "openai", "stream-error")
	stream = service.NewStreaming(t.Context(), params)
	for stream.Next() {
	}
	if stream.Err() == nil {
		t.Error("an error inside a stream went unnoticed")
	}
}

func TestSDKCompletions(t *testing.T) {
	t.Parallel()
	m := serve(t, paris())
	service := openai.NewCompletionService(m.options()...)
	got, err := service.New(t.Context(), openai.CompletionNewParams{
		Model: "gpt-35-turbo-instruct", Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("capital of France")},
	})
	if err != nil || got.Choices[0].Text != "Paris is it." {
		t.Errorf("%v, %v", got, err)
	}
}
