package bulk

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"sync"
	"time"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/wire"
)

// A Line is what became of one request, as a line of the results file.
type Line struct {
	ID   string `json:"id"` // unique in the run
	Task string `json:"task,omitempty"`

	Text    *string         `json:"text,omitempty"`    // the answer; beside an error what had arrived of it
	Similar json.RawMessage `json:"similar,omitempty"` // what is nearest to a text, of a task that asks for it
	Texts   int             `json:"texts,omitempty"`   // how many were embedded by this request
	Error   string          `json:"error,omitempty"`   // why there is no answer, or not all of it

	FinishReason string  `json:"finish-reason,omitempty"`
	Model        string  `json:"model,omitempty"` // as the service names it
	Deployment   string  `json:"deployment,omitempty"`
	Usage        *Usage  `json:"usage,omitempty"`
	Attempts     int     `json:"attempts,omitempty"` // HTTP requests
	RequestID    string  `json:"request-id,omitempty"`
	Seconds      float64 `json:"seconds,omitempty"` // from the first attempt to the end, waits included

	// Batch is the job of the Batch API that the answer came from. In a line
	// without an id it is one that was sent off, or that was collected, as State
	// says.
	Batch string `json:"batch,omitempty"`
	State string `json:"state,omitempty"`

	// Key is the hash of all that the request is made of: when that changes, the
	// answer is another request's.
	Key string `json:"key,omitempty"`
}

// The states of a job of the Batch API.
const (
	sent      = "sent"
	collected = "collected"
)

// Usage are tokens as the service bills them.
type Usage struct {
	Prompt     int64 `json:"prompt-tokens"`
	Completion int64 `json:"completion-tokens,omitempty"`
	Total      int64 `json:"total-tokens"`
	Cached     int64 `json:"cached-tokens,omitempty"`
	Reasoning  int64 `json:"reasoning-tokens,omitempty"`
}

func usage(u inference.Usage) *Usage {
	if u.Total == 0 {
		return nil
	}
	return &Usage{u.Prompt, u.Completion, u.Total, u.Cached, u.Reasoning}
}

// done reports whether the line stands for an answer that is whole.
func (l Line) done() bool { return l.ID != "" && l.Error == "" }

// A Record is the results file in the making. A line is on the disk when Append
// returns, so that whatever ends the process, what was answered is kept. It is
// safe for concurrent use.
type Record struct {
	mu     sync.Mutex
	file   *os.File
	size   int64           // of the whole lines
	done   map[uint64]bool // hashes of the id and the key of what is answered; true: by an earlier run
	failed error           // why nothing more can be written
}

// NewRecord goes on with the results in file, which is open for reading and
// writing: a last line that a killed process left half-written is cut off, and each is
// told of every whole line, in order. A line in the middle that is none is an
// error with its number.
func NewRecord(file *os.File, each func(Line)) (*Record, error) {
	r := &Record{file: file, done: map[uint64]bool{}}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	err := eachLine(file, func(raw []byte, line Line) {
		r.size += int64(len(raw))
		r.learn(line, true)
		if each != nil {
			each(line)
		}
	})
	if err != nil {
		return nil, err
	}
	if err := file.Truncate(r.size); err != nil {
		return nil, err
	}
	_, err = file.Seek(r.size, io.SeekStart)
	return r, err
}

// learn notes a request that is answered.
func (r *Record) learn(l Line, earlier bool) {
	if l.done() {
		r.done[identity(l.ID, l.Key)] = earlier
	}
}

// identity hashes the id and the key of a request.
func identity(id, key string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, id)
	h.Write([]byte{0})
	io.WriteString(h, key)
	return h.Sum64()
}

// Done reports whether the request of this id and key is answered.
func (r *Record) Done(id, key string) bool {
	done, _ := r.state(id, key)
	return done
}

// state tells whether the request is answered, and whether an earlier run did it.
func (r *Record) state(id, key string) (done, earlier bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	earlier, done = r.done[identity(id, key)]
	return done, earlier
}

// Append writes lines. When that fails, the file is cut back to the last whole
// line, so that a later run can go on, and every further Append fails too.
func (r *Record) Append(lines ...Line) error {
	raw, err := encode(lines)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return r.failed
	}
	if _, err := r.file.Write(raw); err != nil {
		r.failed = &wire.Problem{
			What: "the results could not be written", Why: err.Error(), Err: err,
			Fix: "make room, and say `resume: true` with the same `results-file`: what is in it is not asked again",
		}
		if cut := r.file.Truncate(r.size); cut == nil {
			_, _ = r.file.Seek(r.size, io.SeekStart)
		}
		return r.failed
	}
	r.size += int64(len(raw))
	for _, l := range lines {
		r.learn(l, false)
	}
	return nil
}

// encode writes lines as JSON, each with its line feed.
func encode(lines []Line) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, l := range lines {
		if err := e.Encode(l); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// maxLine is the most bytes of a line of a results file: four times the longest
// answer that is known, as JSON.
const maxLine = 64 << 20

// eachLine calls do for every whole line of JSON. What stands behind the last line
// feed is left out: a process was killed while it wrote that.
func eachLine(file io.Reader, do func(raw []byte, line Line)) error {
	in := bufio.NewReaderSize(file, 64<<10)
	for number := 1; ; number++ {
		raw, err := readLine(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading line %d of the results: %w", number, err)
		}
		var line Line
		err = json.Unmarshal(raw, &line)
		if err == nil && line.ID == "" && line.Batch == "" {
			err = errors.New("it has no id")
		}
		if err != nil {
			return fmt.Errorf("line %d of the results is none of this program's: %w", number, err)
		}
		do(raw, line)
	}
}

// readLine reads up to a line feed, which it keeps. Where none comes it is EOF.
func readLine(in *bufio.Reader) ([]byte, error) {
	var whole []byte
	for {
		part, err := in.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case err == nil:
			return whole, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(whole) > maxLine:
			return nil, fmt.Errorf("it is longer than %d MiB", maxLine>>20)
		}
	}
}

// seconds rounds to milliseconds, which is all that a reader can use.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
