package bulk

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// Merged says what [Merge] found.
type Merged struct {
	Answered, Failed int // requests
	Twice            int // lines that another one of the same request beat
}

// Merge writes to w the results that are spread over files, each request once, in
// the order in which they stand: its last answer, or where there is none its last
// failure. Half-written last lines are left out, and lines about jobs of the Batch
// API, which are over.
func Merge(w io.Writer, files []*os.File) (Merged, error) {
	var m Merged
	best, lines, err := choose(files)
	if err != nil {
		return m, err
	}
	out := bufio.NewWriter(w)
	number := 0
	for _, file := range files {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return m, err
		}
		err := eachLine(file, func(raw []byte, l Line) {
			number++
			if l.ID == "" || best[identity(l.ID, "")].line != number {
				return
			}
			if l.done() {
				m.Answered++
			} else {
				m.Failed++
			}
			out.Write(raw) // its error comes back from Flush
		})
		if err != nil {
			return m, fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	m.Twice = lines - m.Answered - m.Failed
	return m, out.Flush()
}

// A choice is the line that counts for a request.
type choice struct {
	line int // its number, through all files
	done bool
}

// choose finds the line that counts for each request, by the hash of its id.
func choose(files []*os.File) (best map[uint64]choice, lines int, err error) {
	best = map[uint64]choice{}
	number := 0
	for _, file := range files {
		err := eachLine(file, func(_ []byte, l Line) {
			number++
			if l.ID == "" {
				return
			}
			lines++
			id := identity(l.ID, "")
			if l.done() || !best[id].done {
				best[id] = choice{number, l.done()}
			}
		})
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", file.Name(), err)
		}
	}
	return best, lines, nil
}

// Write writes lines as [Record.Append] does.
func Write(w io.Writer, lines []Line) error {
	raw, _, err := encode(lines)
	if err == nil {
		_, err = w.Write(raw)
	}
	return err
}

// EachLine calls do for every result in file, in order.
func EachLine(file io.Reader, do func(Line)) error {
	return eachLine(file, func(_ []byte, l Line) { do(l) })
}
