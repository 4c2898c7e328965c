package inference

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/keyless-inference/action/wire"
)

// An attempt is a call that puts a question, and the reply to it.
type attempt struct {
	call
	q    Request
	with settings
	reply
}

// reply is the part of the answer that arrived.
type reply struct {
	text       strings.Builder
	characters int
	refusal    string
	finish     string
	model      string
	usage      Usage
	verdicts   []Category
	firstToken time.Duration

	tell func() // of each piece of text, if not nil
}

// An api is how a question is put and how its answer is read.
type api struct {
	operation string
	anywhere  bool   // the dated route does not name the deployment
	batch     string // the url of a line of a batch; "": there are none

	params func(q Request, with settings, messages []Message) json.Marshaler

	// whole takes an answer in one piece, event one event of a stream. Either
	// returns the error object that an answer consists of instead of one.
	whole func(r *reply, raw []byte) (failure []byte, err error)
	event func(r *reply, raw []byte) (failure []byte, err error)
}

// apis are those that a [Request] may name.
var apis = map[string]api{
	Chat: {
		operation: "chat/completions", batch: "/chat/completions", params: chatParams,
		whole: (*reply).takeChat, event: (*reply).takeChatEvent,
	},
	Responses: {
		operation: "responses", anywhere: true, batch: "/v1/responses", params: responseParams,
		whole: (*reply).takeResponse, event: (*reply).takeResponseEvent,
	},
	Completions: {
		operation: "completions", params: completionParams,
		whole: (*reply).takeChat, event: (*reply).takeChatEvent,
	},
}

// route is the path of q's operation.
func (a api) route(version string, q Request) string {
	if a.anywhere {
		return route(version, "", a.operation)
	}
	return route(version, q.Deployment, a.operation)
}

// exchange puts the question and takes the answer. One that a gateway did not
// stream although it was asked to is paid for, so it is taken as it is.
func (a *attempt) exchange(messages []Message) error {
	api := apis[a.q.api()]
	res, err := a.open(http.MethodPost, api.route(a.c.APIVersion, a.q), api.params(a.q, a.with, messages))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if !isJSON(res) {
		return a.collect(res.Body, api)
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return a.fault(err)
	}
	failure, err := api.whole(&a.reply, raw)
	if failure != nil {
		return a.failure(failure)
	}
	return a.misread(err)
}

// misread is err, that an answer is not what the API promises.
func (k *call) misread(err error) error {
	if err == nil {
		return nil
	}
	return &unreadable{k.c.secrets.CutError(err)}
}

// failure is what raw, a successful answer without any content, amounts to: an
// error that came with the status of a success, or something unreadable.
func (k *call) failure(raw []byte) error { return k.c.failure(k.cleanHeader(), raw) }

func (c *Client) failure(header http.Header, raw []byte) error {
	if e := parseStreamError(header, raw); e.Message != "" {
		return classify(e)
	}
	return &unreadable{c.secrets.CutError(errors.New("there is no answer in " + string(raw)))}
}

// collect reads a stream to its end.
func (a *attempt) collect(body io.Reader, api api) error {
	return a.ended(readEvents(body, func(data []byte) error {
		failure, err := api.event(&a.reply, data)
		switch {
		case a.finish != "":
			return nil
		case failure != nil:
			return classify(a.streamed(failure))
		}
		return a.misread(err)
	}))
}

// ended judges the end of a stream. An answer that has its finish reason is
// whole, whatever happened to the rest: asking again would be paid for again.
func (a *attempt) ended(err error) error {
	switch {
	case a.finish != "":
		return nil
	case errors.As(err, new(*readError)):
		return a.fault(errors.Unwrap(err))
	case err != nil:
		return err
	}
	return &wire.Passing{Err: errors.New("the stream ended before the answer was complete")}
}

// hear takes note of text as it streams in.
func (a *attempt) hear() {
	if !a.talking.Swap(true) {
		a.firstToken = time.Since(a.sent)
		a.heard()
	}
	if a.c.Progress != nil && !a.q.Whole {
		a.c.Progress(a.characters)
	}
}

// add takes text as it arrives.
func (r *reply) add(text string) {
	if text == "" {
		return
	}
	r.text.WriteString(text)
	r.characters += utf8.RuneCountInString(text)
	if r.tell != nil {
		r.tell()
	}
}
