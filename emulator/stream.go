package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// An object is written with its keys in alphabetical order, as the service
// does.
type object = map[string]any

// encode writes v compactly, with a newline at the end.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(v) // of nothing but maps, slices and scalars, and into memory
	return b.Bytes()
}

// compact is v's encoding without the newline.
func compact(v any) string { return string(bytes.TrimSuffix(encode(v), []byte("\n"))) }

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(encode(v))
}

// A frame is one event of a stream.
type frame struct {
	event string // "" for none
	data  any    // a string is written as it is, all else as JSON
	text  bool   // whether it carries a piece of the answer's text
}

// stream sends the frames of an answer as server-sent events, each as soon as
// it is there, until the client goes away.
// https://html.spec.whatwg.org/multipage/server-sent-events.html
func (e *Emulator) stream(w http.ResponseWriter, r *http.Request, op operation, x exchange, t twist) {
	frames := op.frames(x)
	if t.alter != nil {
		frames = t.alter(op, x, frames)
	}
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	flush := http.NewResponseController(w).Flush
	for _, f := range frames {
		if !pause(r.Context(), e.cfg.Delay) {
			return
		}
		if _, err := w.Write(f.bytes()); err != nil || flush() != nil {
			return
		}
	}
	if t.after != nil {
		t.after(w, r)
	}
}

func (f frame) bytes() []byte {
	data, ok := f.data.(string)
	if !ok {
		data = compact(f.data)
	}
	s := "data: " + data + "\n\n"
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
	half  bool                                         // sends only half of an answer in one piece, then after
}

type twistKey struct{}

// twisted is the fault that lets the request through to an answer with t.
func twisted(t twist) fault {
	return func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		e.openai(w, r.WithContext(context.WithValue(r.Context(), twistKey{}, t)))
	}
}

func twistOf(r *http.Request) twist {
	t, _ := r.Context().Value(twistKey{}).(twist)
	return t
}

// write sends an answer in one piece.
func (t twist) write(w http.ResponseWriter, r *http.Request, v any) {
	if !t.half {
		send(w, v)
		return
	}
	body := encode(v)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body[:len(body)/2])
	http.NewResponseController(w).Flush()
	if t.after != nil {
		t.after(w, r)
	}
}
