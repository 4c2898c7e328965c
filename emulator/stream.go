package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"regexp"
	"time"
)

// An object is written with its keys in alphabetical order, as the service
// does.
type object = map[string]any

// A written value is one that is JSON already.
type written string

// encode writes v compactly, with a newline at the end.
func encode(v any) []byte {
	if w, ok := v.(written); ok {
		return append([]byte(w), '\n')
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(v) // of nothing but maps, slices and scalars, and into memory
	return b.Bytes()
}

// compact is v's encoding without the newline.
func compact(v any) string { return string(bytes.TrimSuffix(encode(v), []byte("\n"))) }

// A frame is one event of a stream.
type frame struct {
	event string // "" for none
	data  any    // its JSON, or what becomes JSON
	text  bool   // whether it carries a piece of the answer's text
}

// stream sends the frames of an answer as server-sent events until the client
// goes away: each as soon as it is there, which without a delay is all at once.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func (e *Emulator) stream(v *visit, r *http.Request, op operation, x exchange) {
	frames := op.frames(x)
	if v.twist.alter != nil {
		frames = v.twist.alter(op, x, frames)
	}
	v.Header()["Content-Type"] = []string{"text/event-stream; charset=utf-8"}
	for _, f := range frames {
		if !pause(r.Context(), e.cfg.Delay) {
			return
		}
		if _, err := v.Write(f.bytes()); err != nil || e.cfg.Delay > 0 && v.flush() != nil {
			return
		}
	}
	if v.twist.half {
		v.end(r)
		return
	}
	v.finish()
}

func (f frame) bytes() []byte {
	data, ok := f.data.(written)
	if !ok {
		data = written(compact(f.data))
	}
	s := "data: " + string(data) + "\n\n"
	if f.event != "" {
		s = "event: " + f.event + "\n" + s
	}
	return []byte(s)
}

// pause sleeps and reports whether the request still wants its answer.
func pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}
	return ctx.Err() == nil
}

// piece is what one chunk of a stream carries: a word with the spaces behind
// it, or a part of a long one.
var piece = regexp.MustCompile(`\S{1,16}\s*|\s+`)

func pieces(text string) []string { return piece.FindAllString(text, -1) }

// obfuscation is random padding that hides how long the text beside it is.
func obfuscation() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, 1+rand.IntN(16))
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	return string(b)
}

// A twist spoils an answer that is otherwise worked out as usual. The zero
// twist changes nothing.
type twist struct {
	text  *string                                      // what the model says instead
	alter func(operation, exchange, []frame) []frame   // changes the stream
	after func(w http.ResponseWriter, r *http.Request) // ends it
	half  bool                                         // sends less than the answer (half of one in one piece), then after
}

// twisted is the fault that lets the request through to an answer with t.
func twisted(t twist) fault {
	return func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		v := visitOf(w)
		v.twist = t
		e.openai(v, r)
	}
}
