package inference

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
)

// FuzzEvents compares the events of a stream with those that the library reads.
func FuzzEvents(f *testing.F) {
	for _, seed := range []string{
		"data: {}\n\ndata: [DONE]\n\n", "event: x\r\ndata:{\"a\":\r\ndata: 1}\r\n\r\n: comment\n\ndata: cut", "data\n\ndata:\n\n", "data: a\n\n\n\ndata:b\n\n", "x: y\n\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, stream string) {
		var got, want []string
		err := readEvents(iotest.HalfReader(strings.NewReader(stream)), func(data []byte) error {
			got = append(got, string(data))
			return nil
		})
		decoder := ssestream.NewDecoder(&http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(stream))})
		for decoder.Next() && !bytes.HasPrefix(decoder.Event().Data, endOfStream) {
			want = append(want, string(decoder.Event().Data))
		}
		if (err == nil) != (decoder.Err() == nil) {
			t.Fatalf("%v, the library says %v", err, decoder.Err())
		}
		if !slices.Equal(got, want) && !strings.Contains(stream, "data\n") && !strings.Contains(stream, "data\r\n") {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// What is read of an answer is what the library reads.
func TestRepliesAgreeWithTheLibrary(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{filterChunk, roleChunk, helloChunk, worldChunk, asyncChunk, stopChunk, lengthChunk, blockedChunk, usageChunk} {
		var want openai.ChatCompletionChunk
		var got reply
		failure, err := got.takeChatEvent([]byte(raw))
		if wrong := json.Unmarshal([]byte(raw), &want); wrong != nil || err != nil || failure != nil {
			t.Fatalf("%v, %v, %s", wrong, err, failure)
		}
		var text, finish string
		for _, c := range want.Choices {
			text, finish = c.Delta.Content, c.FinishReason
		}
		if got.text.String() != text || got.finish != finish || got.model != want.Model || got.usage.Total != want.Usage.TotalTokens ||
			got.usage.Cached != want.Usage.PromptTokensDetails.CachedTokens || got.usage.Reasoning != want.Usage.CompletionTokensDetails.ReasoningTokens {
			t.Errorf("%s: %+v", raw, got)
		}
	}
	var want responses.Response
	var got reply
	failure, err := got.takeResponse([]byte(responseObject))
	if wrong := json.Unmarshal([]byte(responseObject), &want); wrong != nil || err != nil || failure != nil {
		t.Fatalf("%v, %v, %s", wrong, err, failure)
	}
	if got.text.String() != want.OutputText() || got.model != want.Model || got.usage.Prompt != want.Usage.InputTokens ||
		got.usage.Reasoning != want.Usage.OutputTokensDetails.ReasoningTokens || got.finish != "stop" {
		t.Errorf("got %+v", got)
	}
}
