package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// What becomes of a request to Azure OpenAI.
const (
	Answered = "answered" // admitted, and the last byte of its answer was written
	Refused  = "refused"  // answered with a status of 400 or more
	Spoiled  = "spoiled"  // anything else: broken off, a proxy's page, a redirect, an error inside a stream
)

// Served says what became of one request to Azure OpenAI, or of one line of a
// batch, as "keyless emulate --record" writes it. That an answer was written
// does not mean that the client has read it: one that dies may leave some
// behind.
type Served struct {
	Time       time.Time `json:"time"`                 // after the last byte
	Outcome    string    `json:"outcome"`              // [Answered], [Refused] or [Spoiled]
	Operation  string    `json:"operation"`            // as the path ends: chat/completions, embeddings, files, …
	Deployment string    `json:"deployment,omitempty"` // as it was asked for
	Status     int       `json:"status"`               // 0 if there was none
	RequestID  string    `json:"request-id,omitempty"` // apim-request-id; a line's own in a batch
	Tokens     int       `json:"tokens"`               // as the answer's usage has them in total

	// Question is the [Hash] of the last user message, and Begins its first 80
	// characters.
	Question string `json:"question,omitempty"`
	Begins   string `json:"begins,omitempty"`

	// Inputs are the hashes of what was to be embedded, and Sent how many of the
	// vectors, from the first, were written whole.
	Inputs []string `json:"inputs,omitempty"`
	Sent   int      `json:"sent,omitempty"`

	Batch    string `json:"batch,omitempty"`
	CustomID string `json:"custom-id,omitempty"`
}

// Hash is what a [Served] has instead of a text: the first 128 bits of its
// SHA-256 in hexadecimal digits.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// A Summary counts the requests to Azure OpenAI, and the lines of batches, since
// the emulator was made.
type Summary struct {
	Requests int            `json:"requests"`
	Answered int            `json:"answered"`
	Refused  int            `json:"refused"`
	Spoiled  int            `json:"spoiled"`
	Status   map[string]int `json:"status"` // by status; "0" is none at all
	Tokens   int            `json:"tokens"` // of the answered ones
	Vectors  int            `json:"vectors"`
}

// ledger is the summary in the making. It also keeps the calls of
// [Config.Record] one after the other.
type ledger struct {
	mu  sync.Mutex
	sum Summary
}

// Summary is what was served until now.
func (e *Emulator) Summary() Summary {
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	s := e.ledger.sum
	s.Status = maps.Clone(s.Status)
	return s
}

func (e *Emulator) routeSummary() {
	e.mux.HandleFunc("GET /_emulator/requests", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, e.Summary())
	})
}

// leave writes down what became of v.
func (e *Emulator) leave(v *visit) {
	s := v.served
	s.RequestID = v.Header().Get("Apim-Request-Id")
	switch {
	case s.Status >= http.StatusBadRequest:
		s.Outcome = Refused
	case v.whole:
		s.Outcome = Answered
	default:
		s.Outcome = Spoiled
	}
	e.enter(s)
}

// enter writes s down.
func (e *Emulator) enter(s Served) {
	e.ledger.mu.Lock()
	defer e.ledger.mu.Unlock()
	s.Time = time.Now()
	e.ledger.sum.add(s)
	if e.cfg.Record != nil {
		e.cfg.Record(s)
	}
}

func (sum *Summary) add(s Served) {
	if sum.Status == nil {
		sum.Status = map[string]int{}
	}
	sum.Requests++
	sum.Status[strconv.Itoa(s.Status)]++
	sum.Vectors += s.Sent
	switch s.Outcome {
	case Answered:
		sum.Answered++
		sum.Tokens += s.Tokens
	case Refused:
		sum.Refused++
	default:
		sum.Spoiled++
	}
}

// heard notes what was asked, as far as that is known. Hashes cost time, and are
// made for somebody who reads them.
func (e *Emulator) heard(s *Served, q question) {
	if e.cfg.Record == nil {
		return
	}
	if last := q.lastUser(); q.messages != nil {
		s.Question, s.Begins = Hash(last), firstRunes(last, 80)
	}
	for _, p := range q.passages {
		s.Inputs = append(s.Inputs, Hash(p.text))
	}
}
