package inference

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// Whoever answers has seen the token and the headers of the gateway, and may
// repeat them: plainly, as JSON escapes them, in an error or in an answer.
func TestSecretsAreCutEverywhere(t *testing.T) {
	t.Parallel()
	const opaque, header = "opaque/to+ken==", "gate/way+secret"
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	escaped := strings.NewReplacer("/", `\/`, "+", `\u002B`)
	for name, back := range map[string]answerer{
		"plain error":     refusal(400, `{"error":{"message":`+quoted("bad "+opaque+" and "+header)+`}}`),
		"escaped error":   refusal(400, `{"error":{"message":"bad `+escaped.Replace(opaque+" "+header)+`"}}`),
		"html":            answer(502, "text/html", "<p>"+opaque+"</p>"),
		"answer":          says("your token is " + opaque),
		"model and end":   events(strings.ReplaceAll(chunk("x"), `"m"`, quoted(opaque)), strings.Replace(stopChunk, `"stop"`, quoted(opaque), 1)),
		"refusal":         events(`{"choices":[{"delta":{"refusal":` + quoted(opaque) + `},"finish_reason":"stop","index":0}],"id":"c","model":"m","object":"chat.completion.chunk"}`),
		"stream error":    events(chunk("x"), `{"error":{"message":"`+escaped.Replace(opaque)+`"}}`),
		"nothing usable":  whole(`{"status":"queued","x":"` + escaped.Replace(opaque) + `"}`),
		"request id":      refusal(400, `{}`, "apim-request-id: "+opaque),
		"another address": answer(307, "text/plain", "", "Location: https://"+strings.NewReplacer("/", "", "+", "", "=", "").Replace(opaque)+".example/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(back)
			c := f.client()
			c.Attempts = 1
			c.Token = func(context.Context, string) (string, error) { return opaque, nil }
			c.Header = http.Header{"X-Gateway": {header}}
			var log strings.Builder
			c.Log = func(line string) { log.WriteString(line) }
			got, err := c.Ask(t.Context(), ask())
			seen := log.String()
			if err != nil {
				seen += err.Error()
			}
			told, _ := json.Marshal(got)
			for _, word := range []string{opaque, header, escaped.Replace(opaque), strings.ReplaceAll(opaque, "/", `\/`)} {
				if strings.Contains(seen+string(told), word) || strings.Contains(got.Text+got.Model+got.FinishReason+got.Refusal, word) {
					t.Errorf("%q is in %s and %+v", word, seen, got)
				}
			}
			if f.seen[0].header.Get("Authorization") != "Bearer "+opaque {
				t.Error("the token was not sent at all")
			}
		})
	}
}

// An example of a token in an answer is a part of the answer, and so is a word
// that also stands in a header.
func TestAnswersKeepWhatOnlyLooksLikeAToken(t *testing.T) {
	t.Parallel()
	const text = "The platform team says: a JWT looks like eyJhbGciOiJub25lIn0.eyJhIjoxfQ.x"
	c := serve(says(text)).client()
	c.Header = http.Header{"X-Team": {"platform team"}}
	if got, err := c.Ask(t.Context(), ask()); err != nil || got.Text != text {
		t.Errorf("%q, %v", got.Text, err)
	}
}
