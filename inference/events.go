package inference

import (
	"bufio"
	"bytes"
	"io"
)

var (
	endOfStream = []byte("[DONE]")
	dataField   = []byte("data:")
)

// longestLine bounds the bytes of one line of a stream: the last event of the
// Responses API repeats the whole answer.
const longestLine = 32 << 20

// readError is that a stream broke, told from what its events mean.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// readEvents calls take with the data of each server-sent event of a stream, valid
// until it returns, up to the one that says that it is the last. The other
// fields of an event say nothing that its data does not say too.
// See https://html.spec.whatwg.org/multipage/server-sent-events.html.
func readEvents(body io.Reader, take func(data []byte) error) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 1<<10), longestLine)
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		if value, ok := bytes.CutPrefix(line, dataField); ok {
			data = append(append(data, bytes.TrimPrefix(value, []byte(" "))...), '\n')
			continue
		}
		if len(line) > 0 || len(data) == 0 {
			continue
		}
		if bytes.HasPrefix(data, endOfStream) {
			return nil
		}
		if err := take(data); err != nil {
			return err
		}
		data = data[:0]
	}
	if err := lines.Err(); err != nil {
		return &readError{err}
	}
	return nil
}
