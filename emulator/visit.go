package emulator

import (
	"net/http"
	"strconv"
	"strings"
)

// A visit is a request to Azure OpenAI on its way: what its answer is written
// to, and what is to be told of it when it is over. All handlers and faults of
// the service get one as their ResponseWriter.
type visit struct {
	http.ResponseWriter
	served Served
	twist  twist
	whole  bool // all of an answer was written
	err    error
}

// visited wraps the service's handler.
func (e *Emulator) visited(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{ResponseWriter: w}
		v.served.Operation = operationOf(r)
		h(v, r)
		e.leave(v)
	}
}

// operationOf is what r asks for, as the end of its path says: an operation, or
// the kind of thing that the resource keeps.
func operationOf(r *http.Request) string {
	to, _ := routeOf(r)
	if _, ok := operations[to.operation]; ok {
		return to.operation
	}
	kind, _, _ := strings.Cut(to.operation, "/")
	return kind
}

// visitOf is the visit that w is.
func visitOf(w http.ResponseWriter) *visit {
	if v, ok := w.(*visit); ok {
		return v
	}
	return &visit{ResponseWriter: w}
}

// WriteHeader implements [http.ResponseWriter].
func (v *visit) WriteHeader(status int) {
	v.served.Status = status
	v.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (v *visit) Write(b []byte) (int, error) {
	if v.served.Status == 0 {
		v.served.Status = http.StatusOK
	}
	n, err := v.ResponseWriter.Write(b)
	if err != nil {
		v.err = err
	}
	return n, err
}

// Unwrap is for [http.ResponseController].
func (v *visit) Unwrap() http.ResponseWriter { return v.ResponseWriter }

// flush sends what was written.
func (v *visit) flush() error {
	if v.err == nil {
		v.err = http.NewResponseController(v).Flush()
	}
	return v.err
}

// finish tells that the answer is complete as it is, and sends it.
func (v *visit) finish() { v.whole = v.flush() == nil }

// send writes an answer in one piece, or what its twist leaves of it.
func (v *visit) send(r *http.Request, status int, kind string, body []byte) {
	h := v.Header()
	h["Content-Type"] = []string{kind}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	v.WriteHeader(status)
	if !v.twist.half {
		v.Write(body)
		v.finish()
		return
	}
	v.Write(body[:len(body)/2])
	v.end(r)
}

// end is what a twist does instead of the rest of an answer.
func (v *visit) end(r *http.Request) {
	v.flush()
	if v.twist.after != nil {
		v.twist.after(v, r)
	}
}

// sendJSON is send for a value.
func (v *visit) sendJSON(r *http.Request, status int, body any) {
	v.send(r, status, "application/json", encode(body))
}
