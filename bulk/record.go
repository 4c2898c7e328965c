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
	"github.com/keyless-inference/action/lock"
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
	Latency      float64 `json:"latency,omitempty"` // seconds of the attempt that was answered

	// Batch is the job of the Batch API that the answer came from. In a line
	// without an id it is one that was sent off, or that was collected, as State
	// says; of one that is only uploaded there is but the File. A line with a Batch
	// and an id, but without a Task, is an answer to a request that no task had when
	// it came: the id is that of the job's line.
	Batch string `json:"batch,omitempty"`
	File  string `json:"file,omitempty"`
	State string `json:"state,omitempty"`

	// Key is the hash of all that the request is made of: when that changes, the
	// answer is another request's.
	Key string `json:"key,omitempty"`
}

// The states of a job of the Batch API.
const (
	uploaded  = "uploaded"
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

// Tokens are the usage as package inference counts it; none for nil.
func (u *Usage) Tokens() inference.Usage {
	if u == nil {
		return inference.Usage{}
	}
	return inference.Usage{Prompt: u.Prompt, Completion: u.Completion, Total: u.Total, Cached: u.Cached, Reasoning: u.Reasoning}
}

func usage(u inference.Usage) *Usage {
	if u.Total == 0 {
		return nil
	}
	return &Usage{u.Prompt, u.Completion, u.Total, u.Cached, u.Reasoning}
}

// orphan reports whether the line is an answer of a job to a request that no task had.
func (l Line) orphan() bool { return l.ID != "" && l.Batch != "" && l.Task == "" }

// done reports whether the line stands for an answer that is whole.
func (l Line) done() bool { return l.ID != "" && l.Error == "" }

// A Record is the results file in the making. A line is on the disk when Append
// returns, so that whatever ends the process, what was answered is kept. It is
// safe for concurrent use.
type Record struct {
	mu      sync.Mutex
	file    *os.File
	size    int64           // of the whole lines
	done    map[uint64]bool // hashes of the id and the key of what is answered; true: by an earlier run
	orphans map[uint64]span // where the orphans are, by the hash of their id
	failed  error           // why nothing more can be written
}

// A span is where a line is in the file.
type span struct{ at, size int64 }

// NewRecord goes on with the results in file, which is open for reading and
// writing, and locks it until it is closed: [lock.ErrHeld] says that another run is
// writing it. A last line that a killed process left half-written is cut off, one
// that lacks but its line feed gets it, and each is told of every whole line, in
// order. What this program did not write, be it a line in the middle or the last one,
// is an error with its number, and leaves the file as it is.
func NewRecord(file *os.File, each func(Line)) (*Record, error) {
	if _, err := lock.Try(file); err != nil {
		return nil, err
	}
	r := &Record{file: file, done: map[uint64]bool{}, orphans: map[uint64]span{}}
	size, err := file.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	if err := eachLine(file, func(raw []byte, line Line) {
		r.learn(line, int64(len(raw)), true)
		if each != nil {
			each(line)
		}
	}); err != nil {
		return nil, err
	}
	return r, r.trim(size)
}

// trim makes a file of this size end with the last whole line and its line feed.
func (r *Record) trim(size int64) error {
	if r.size > size {
		if _, err := r.file.WriteAt([]byte("\n"), size); err != nil {
			return err
		}
	}
	if err := r.file.Truncate(r.size); err != nil {
		return err
	}
	_, err := r.file.Seek(r.size, io.SeekStart)
	return err
}

// learn notes the line that the file now ends with.
func (r *Record) learn(l Line, size int64, earlier bool) {
	at := r.size
	r.size += size
	switch {
	case l.orphan():
		r.orphans[identity(l.ID, "")] = span{at, size}
	case l.done():
		r.done[identity(l.ID, l.Key)] = earlier
	}
}

// orphan reads the answer of a job's line whose request no task had when it came.
func (r *Record) orphan(id string) (l Line, has bool) {
	r.mu.Lock()
	where, has := r.orphans[identity(id, "")]
	r.mu.Unlock()
	if !has {
		return l, false
	}
	raw := make([]byte, where.size)
	_, err := r.file.ReadAt(raw, where.at)
	return l, err == nil && json.Unmarshal(raw, &l) == nil && l.ID == id
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
	raw, ends, err := encode(lines)
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
	start := r.size
	for i, l := range lines {
		r.learn(l, start+int64(ends[i])-r.size, false)
	}
	return nil
}

// encode writes lines as JSON, each with its line feed, and says where each ends.
func encode(lines []Line) (raw []byte, ends []int, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for _, l := range lines {
		if err := e.Encode(l); err != nil {
			return nil, nil, err
		}
		ends = append(ends, b.Len())
	}
	return b.Bytes(), ends, nil
}

// maxLine is the most bytes of a line of a results file: four times the longest
// answer that is known, as JSON.
const maxLine = 64 << 20

// opening is how each line of ours begins, those without an id too.
const opening = `{"id":"`

// eachLine calls do for every whole line of JSON, with its line feed. Where but that
// lacks behind the last line it is whole all the same; else what stands there is left
// out: a process was killed while it wrote that.
func eachLine(file io.Reader, do func(raw []byte, line Line)) error {
	in := bufio.NewReaderSize(file, 64<<10)
	for number := 1; ; number++ {
		raw, err := readLine(in)
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("reading line %d of the results: %w", number, err)
		}
		line, err := parseLine(raw)
		if last && (len(raw) == 0 || errors.As(err, new(*json.SyntaxError))) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("line %d of the results is none of this program's: %w", number, err)
		}
		if last {
			do(append(raw, '\n'), line)
			return nil
		}
		do(raw, line)
	}
}

// parseLine reads a line. Where it begins as ours do but is not whole, the error is a
// [json.SyntaxError].
func parseLine(raw []byte) (l Line, err error) {
	if n := min(len(raw), len(opening)); n == 0 || string(raw[:n]) != opening[:n] {
		return l, fmt.Errorf("it does not begin with %s", opening)
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return l, err
	}
	if l.ID == "" && l.Batch == "" && l.File == "" {
		return l, errors.New("it has no id")
	}
	return l, nil
}

// readLine reads up to a line feed, which it keeps. Where none comes it is EOF, beside
// what stands there.
func readLine(in *bufio.Reader) ([]byte, error) {
	var whole []byte
	for {
		part, err := in.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case err == nil:
			return whole, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return whole, err
		case len(whole) > maxLine:
			return nil, fmt.Errorf("it is longer than %d MiB", maxLine>>20)
		}
	}
}

// seconds rounds up to milliseconds, which is all that a reader can use: what took
// any time at all has some.
func seconds(d time.Duration) float64 {
	return float64((d + time.Millisecond - 1).Milliseconds()) / 1000
}
