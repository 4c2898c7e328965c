package vector

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/keyless-inference/action/lock"
)

// A format is where the parts of a file are, by its name.
type format struct {
	lines  string // JSON Lines
	floats string // .npy, or "": the embeddings are in the lines
	table  string // .parquet, which is made of the others at the end, or ""
}

func formatOf(name string) (format, error) {
	name = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	ending := path.Ext(name)
	base := strings.TrimSuffix(name, ending)
	switch strings.ToLower(ending) {
	case ".jsonl":
		return format{lines: name}, nil
	case ".npy":
		return format{lines: base + ".jsonl", floats: name}, nil
	case ".parquet":
		dir, file := path.Split(name)
		partial := dir + "." + file + ".partial"
		return format{lines: partial + ".jsonl", floats: partial + ".npy", table: name}, nil
	}
	return format{}, fmt.Errorf("the name of an embeddings file ends in .jsonl, .npy or .parquet, not %q", name)
}

// A Store is an embeddings file in the making. Only one process may make it: the
// lines are locked until its end.
type Store struct {
	root    *os.Root
	format  format
	lines   *file
	floats  *file // nil without one
	seed    maphash.Seed
	had     map[uint64]struct{} // rows from before
	batches sync.Pool           // of *batch

	mu   sync.Mutex
	dims int // 0 before the first row
	rows int
	over bool
}

// Open begins an embeddings file, or with resume goes on with one that there is:
// a row that was written in part is cut off, a line that is damaged is an error
// that names it, and a .parquet that is complete is taken apart to grow. Without
// resume, what there is under the name is removed.
//
// Folders that lack are made. The .jsonl beside a .npy is only written over if it
// is such a file; anything else there is an error, for its name was not given. So is
// a file that another Store is making: [lock.ErrHeld].
func Open(root *os.Root, name string, resume bool) (*Store, error) {
	s, err := open(root, name, resume)
	if err != nil {
		return nil, fmt.Errorf("opening the embeddings file %s: %w", name, err)
	}
	return s, nil
}

func open(root *os.Root, name string, resume bool) (*Store, error) {
	f, err := formatOf(name)
	if err != nil {
		return nil, err
	}
	s := &Store{root: root, format: f, seed: maphash.MakeSeed(), had: map[uint64]struct{}{}}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	if err := s.openFiles(resume); err != nil {
		return nil, errors.Join(err, s.closeFiles(false))
	}
	return s, nil
}

// prepare makes room for the files.
func (s *Store) prepare() error {
	if err := s.root.MkdirAll(path.Dir(s.format.lines), 0o755); err != nil {
		return err
	}
	if s.format.floats != "" && s.format.table == "" {
		if err := checkSidecar(s.root, s.format.lines); err != nil {
			return err
		}
	}
	return nil
}

// openFiles opens the files and takes over what is in them. Nothing is cut or removed
// before the lock is held.
func (s *Store) openFiles(resume bool) (err error) {
	if s.lines, err = openFile(s.root, s.format.lines, 0); err != nil {
		return err
	}
	if _, err = lock.Try(s.lines.File); err != nil {
		return err
	}
	if s.format.floats != "" {
		if s.floats, err = openFile(s.root, s.format.floats, 0); err != nil {
			return err
		}
	}
	if !resume {
		return s.empty()
	}
	if err := s.load(); err != nil {
		return err
	}
	return s.loadTable()
}

// empty removes what there is.
func (s *Store) empty() error {
	err := s.lines.cut(0)
	if s.floats != nil {
		err = errors.Join(err, s.floats.cut(0))
	}
	if s.format.table != "" {
		if gone := s.root.Remove(s.format.table); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// checkSidecar wants no file, an empty one, or one of rows without embeddings.
func checkSidecar(root *os.Root, name string) error {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	line, whole, err := newLines(f).next()
	if err != nil || len(line) == 0 {
		return ignoreEOF(err)
	}
	row, bad := readHead(line)
	if whole && (bad != nil || row.Vector != nil) {
		return fmt.Errorf("%s, where the rows' ids and metadata go, is another file: move it, or give the embeddings another name", name)
	}
	return nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// load reads the rows from before and cuts off what is no whole row.
func (s *Store) load() error {
	most := -1 // rows: as many as there are
	if s.floats != nil {
		h, err := readMatrix(s.floats.File)
		if err != nil {
			return fmt.Errorf("%s: %w", s.format.floats, err)
		}
		if h.start != headerSize {
			return fmt.Errorf("%s was not made by this program: only its own can be resumed", s.format.floats)
		}
		s.dims, most = h.dims, h.held
	}
	end, err := s.loadLines(most)
	if err != nil {
		return fmt.Errorf("%s: %w", s.format.lines, err)
	}
	if err := s.lines.cut(end); err != nil || s.floats == nil {
		return err
	}
	if s.rows == 0 {
		s.dims = 0
		return s.floats.cut(0)
	}
	return s.floats.cut(headerSize + 4*int64(s.rows)*int64(s.dims))
}

// loadLines reads up to most rows and says where they end.
func (s *Store) loadLines(most int) (end int64, err error) {
	l := newLines(s.lines.File)
	var v []float32
	for s.rows != most {
		line, whole, err := l.next()
		if errors.Is(err, io.EOF) || err == nil && !whole {
			break
		}
		if err != nil {
			return 0, err
		}
		row, err := s.loadLine(line, &v)
		if err != nil {
			return 0, fmt.Errorf("reading line %d: %w", l.number, err)
		}
		s.had[s.hash(row.ID, row.Chunk, row.Key)] = struct{}{}
		s.rows++
		end = l.end
	}
	return end, nil
}

func (s *Store) loadLine(line []byte, v *[]float32) (Row, error) {
	if s.floats != nil {
		return readHead(line)
	}
	i, err := readLine(line, *v)
	if err != nil {
		return Row{}, err
	}
	*v = i.vector
	if s.dims == 0 {
		s.dims = len(i.vector)
	}
	if len(i.vector) != s.dims {
		return Row{}, dimensions(len(i.vector), s.dims)
	}
	return i.head()
}

// loadTable takes over the rows of a complete .parquet that are not yet among
// the others: all of them, or those that a killed run had not come to.
func (s *Store) loadTable() error {
	if s.format.table == "" {
		return nil
	}
	if _, err := s.root.Stat(s.format.table); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	for row, err := range Read(s.root, s.format.table) {
		if err != nil {
			return err
		}
		if s.Has(row.ID, row.Chunk, row.Key) {
			continue
		}
		if err := s.Append(row); err != nil {
			return err
		}
		s.had[s.hash(row.ID, row.Chunk, row.Key)] = struct{}{}
	}
	return nil
}

// Has reports whether the row was in the file when Open resumed it. What Append
// added since then does not count.
func (s *Store) Has(id string, chunk int, key string) bool {
	_, has := s.had[s.hash(strings.ToValidUTF8(id, "\ufffd"), chunk, strings.ToValidUTF8(key, "\ufffd"))]
	return has
}

// hash stands for a row: of a million rows, two are the same to one in 10^7.
func (s *Store) hash(id string, chunk int, key string) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	h.WriteString(id)
	maphash.WriteComparable(&h, chunk)
	h.WriteString(key)
	return h.Sum64()
}

// dimensions is the error of a vector that does not fit the others.
func dimensions(got, want int) error {
	return fmt.Errorf("a vector has %d dimensions, those before it %d", got, want)
}

// Finish completes the file: the .npy gets its shape, the .parquet is made. All
// of it is on the disk when Finish returns. After an error the file can be
// resumed.
func (s *Store) Finish() error { return s.end(true) }

// Close ends without completing the file, which can be resumed. After Finish it
// does nothing.
func (s *Store) Close() error { return s.end(false) }

func (s *Store) end(complete bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return nil
	}
	s.over = true
	err := s.writeHeader()
	if complete && err == nil && s.format.table != "" {
		err = s.makeTable()
	}
	if err = errors.Join(err, s.closeFiles(complete)); err != nil {
		return fmt.Errorf("finishing the embeddings file %s: %w", s.name(), err)
	}
	if complete && s.format.table != "" {
		return errors.Join(s.root.Remove(s.format.lines), s.root.Remove(s.format.floats))
	}
	return nil
}

// name is the file's for people.
func (s *Store) name() string {
	switch {
	case s.format.table != "":
		return s.format.table
	case s.format.floats != "":
		return s.format.floats
	}
	return s.format.lines
}

func (s *Store) closeFiles(keep bool) error {
	var errs []error
	for _, f := range []*file{s.lines, s.floats} {
		if f != nil {
			errs = append(errs, f.done(keep))
		}
	}
	return errors.Join(errs...)
}
