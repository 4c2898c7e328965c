package vector

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/keyless-inference/action/lock"
)

// A Cache keeps vectors by the [Key] of their text, in a folder that is made for
// actions/cache: two files for each deployment and number of dimensions, which
// only grow. The .keys begin with a line of JSON that says whose vectors these
// are; then follow records of 20 bytes, a key and the checksum of key and vector.
// The .vectors are as many vectors, float32 and little endian. A vector is
// written before its key, so that a record that was written in part is not there,
// and the checksum finds what a broken disk or archive changed.
//
// Of each vector 12 bytes are in memory (and as much again for what a map needs).
// Several processes may share a cache: each writes under a lock that the system
// holds for it, after what the others have written. What they add is found after
// the next OpenCache.
type Cache struct {
	name    string
	mu      sync.RWMutex
	keys    *file
	vectors *file
	label   label
	line    [labelSize]byte   // label as it is in the file
	at      map[uint64]uint32 // record by the first half of its key
	unsure  []uint32          // records that were added since Model was told last
	buffers sync.Pool         // of *[]byte
}

// A label is the first line of the .keys.
type label struct {
	Format     int    `json:"format"`
	Deployment string `json:"deployment"`
	Dimensions int64  `json:"dimensions"` // that were asked for, 0: the model's own
	Model      string `json:"model"`      // as the service names it, "": not known yet
	Length     int    `json:"length"`     // of each vector, 0: there is none yet
}

const (
	labelSize = 1024
	keySize   = 16
	recordLen = keySize + 4
)

// OpenCache opens the cache of a deployment, or makes it. dimensions are those
// that requests ask for, 0 for the model's own. Part of a record at the end is
// not there, and written over. A file that is no cache is an error.
func OpenCache(root *os.Root, dir, deployment string, dimensions int64) (*Cache, error) {
	c := &Cache{name: path.Join(dir, cacheName(deployment, dimensions)), at: map[uint64]uint32{}}
	c.label = label{Format: 1, Deployment: deployment, Dimensions: dimensions}
	if err := c.open(root, dir); err != nil {
		return nil, fmt.Errorf("opening the cache %s: %w", c.name, errors.Join(err, c.Close()))
	}
	return c, nil
}

// cacheName is the deployment's name as far as every system takes it, and enough
// of its hash to tell it from others.
func cacheName(deployment string, dimensions int64) string {
	safe := strings.Map(func(r rune) rune {
		if classOf(r) <= digit || r == '-' {
			return r
		}
		return '_'
	}, deployment)
	return fmt.Sprintf("%.64s-%s-%d", safe, Key(deployment)[:8], dimensions)
}

func (c *Cache) open(root *os.Root, dir string) (err error) {
	if err := root.MkdirAll(path.Clean(dir), 0o755); err != nil {
		return err
	}
	if c.keys, err = openFile(root, c.name+".keys", 0); err != nil {
		return err
	}
	if c.vectors, err = openFile(root, c.name+".vectors", 0); err != nil {
		return err
	}
	unlock, err := c.hold()
	if err != nil {
		return err
	}
	defer unlock()
	return c.index()
}

// hold takes the lock, and takes over what others have written since it was last
// held.
func (c *Cache) hold() (unlock func(), err error) {
	if unlock, err = lock.Wait(c.keys.File); err != nil {
		return nil, err
	}
	if err := c.sync(); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// sync takes over what others have written: the label, and where the records
// end. It needs the lock.
func (c *Cache) sync() error {
	var line [labelSize]byte
	switch n, err := c.keys.ReadAt(line[:], 0); {
	case n == labelSize && line == c.line:
	case n == labelSize:
		if err := c.readLabel(line); err != nil {
			return err
		}
	case errors.Is(err, io.EOF): // it is new, or its maker was killed
		return c.writeLabel(c.label)
	default:
		return err
	}
	keys, err := c.keys.Stat()
	if err != nil {
		return err
	}
	vectors, err := c.vectors.Stat()
	if err != nil {
		return err
	}
	length, n := 4*int64(c.label.Length), int64(0)
	if length > 0 {
		n = min((keys.Size()-labelSize)/recordLen, vectors.Size()/length)
	}
	c.keys.size, c.vectors.size = labelSize+n*recordLen, n*length
	return nil
}

func (c *Cache) readLabel(line [labelSize]byte) error {
	var l label
	err := json.Unmarshal(line[:], &l)
	if err != nil || l.Format != 1 || l.Deployment != c.label.Deployment || l.Dimensions != c.label.Dimensions || l.Length < 0 || l.Length > 1<<20 {
		return fmt.Errorf("%s.keys is no cache of this program: remove it", c.name)
	}
	c.label, c.line = l, line
	return nil
}

func (c *Cache) writeLabel(l label) error {
	b, err := json.Marshal(l)
	if err != nil || len(b) >= labelSize {
		return errors.Join(err, errors.New("the names of the deployment and its model are too long"))
	}
	line := [labelSize]byte(bytes.Repeat([]byte(" "), labelSize))
	copy(line[:], b)
	line[labelSize-1] = '\n'
	if _, err := c.keys.write(line[:], 0); err != nil {
		return err
	}
	c.label, c.line = l, line
	c.keys.size = max(c.keys.size, labelSize)
	return nil
}

// index reads the keys. Where one is there twice, the later counts.
func (c *Cache) index() error {
	r := newLines(io.NewSectionReader(c.keys, labelSize, c.keys.size-labelSize)).r
	record := make([]byte, recordLen)
	for n := range c.records() {
		if _, err := io.ReadFull(r, record); err != nil {
			return err
		}
		c.at[binary.BigEndian.Uint64(record)] = uint32(n)
	}
	return nil
}

func (c *Cache) records() int { return int((c.keys.size - labelSize) / recordLen) }

// Get finds the vector of a text by its key and puts it into the given slice,
// which may be nil. It is not found as well if it is damaged.
func (c *Cache) Get(key string, into []float32) (vector []float32, ok bool) {
	raw, err := hex.DecodeString(key)
	if err != nil || len(raw) != keySize {
		return into, false
	}
	c.mu.RLock()
	n, has := c.at[binary.BigEndian.Uint64(raw)]
	length := c.label.Length
	c.mu.RUnlock()
	if !has {
		return into, false
	}
	b, _ := c.buffers.Get().(*[]byte)
	if b == nil {
		b = new([]byte)
	}
	defer c.buffers.Put(b)
	*b = append((*b)[:0], make([]byte, recordLen+4*length)...)
	if !c.read(*b, int64(n), raw) {
		c.forget(raw, n)
		return into, false
	}
	return readFloats(into, (*b)[recordLen:]), true
}

// read reads record n, a key and its vector, and checks both.
func (c *Cache) read(b []byte, n int64, key []byte) bool {
	if _, err := c.keys.ReadAt(b[:recordLen], labelSize+n*recordLen); err != nil || !bytes.Equal(b[:keySize], key) {
		return false
	}
	vector := b[recordLen:]
	if _, err := c.vectors.ReadAt(vector, n*int64(len(vector))); err != nil {
		return false
	}
	return checksum(key, vector) == binary.LittleEndian.Uint32(b[keySize:])
}

func checksum(key, vector []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(key, table), table, vector)
}

// forget lets a Put replace a record that is of no use.
func (c *Cache) forget(key []byte, n uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id := binary.BigEndian.Uint64(key); c.at[id] == n {
		delete(c.at, id)
	}
}

// Put keeps the vector of a text under its key. It is handed to the operating
// system when Put returns. A key that is there already is left as it is. After
// an error the cache is what it was before, without this vector. Safe for
// concurrent use.
func (c *Cache) Put(key string, vector []float32) error {
	raw, err := hex.DecodeString(key)
	if err != nil || len(raw) != keySize || len(vector) == 0 {
		return fmt.Errorf("adding to the cache %s: %q is not the key of a text, or its vector is empty", c.name, key)
	}
	b := appendFloats(nil, vector)
	record := binary.LittleEndian.AppendUint32(raw, checksum(raw, b))
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, has := c.at[binary.BigEndian.Uint64(raw)]; has {
		return nil
	}
	if err := c.add(record, b); err != nil {
		return fmt.Errorf("adding to the cache %s: %w", c.name, err)
	}
	return nil
}

func (c *Cache) add(record, vector []byte) error {
	unlock, err := c.hold()
	if err != nil {
		return err
	}
	defer unlock()
	if c.label.Length == 0 {
		l := c.label
		l.Length = len(vector) / 4
		if err := c.writeLabel(l); err != nil {
			return err
		}
	}
	if len(vector) != 4*c.label.Length {
		return dimensions(len(vector)/4, c.label.Length)
	}
	n := c.records()
	if err := c.vectors.add(vector); err != nil {
		return err
	}
	if err := c.keys.add(record); err != nil {
		return err
	}
	c.at[binary.BigEndian.Uint64(record)] = uint32(n)
	c.unsure = append(c.unsure, uint32(n))
	return nil
}

// Model says what the service calls the model behind the deployment, from its
// first answer on. It is an error if the cache holds vectors of another model:
// the deployment was changed, and vectors of two models must not be mixed. What
// Put was given since the last call is then taken out again: an answer names its
// model behind its vectors.
func (c *Cache) Model(served string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if served == "" {
		return nil
	}
	if c.label.Model != served {
		if err := c.setModel(served); err != nil {
			return fmt.Errorf("checking the cache %s: %w", c.name, err)
		}
	}
	c.unsure = nil
	return nil
}

func (c *Cache) setModel(served string) error {
	unlock, err := c.hold()
	if err != nil {
		return err
	}
	defer unlock()
	l := c.label
	if c.records() == 0 {
		l.Length = 0
	} else if l.Model != "" && l.Model != served {
		err := fmt.Errorf("its vectors are of the model %s, the deployment now answers with %s: remove %s.keys and %[3]s.vectors, or name another folder, and begin the embeddings file anew", l.Model, served, c.name)
		return errors.Join(err, c.retract())
	}
	l.Model = served
	return c.writeLabel(l)
}

// retract makes the records unreadable that Model was not told of.
func (c *Cache) retract() error {
	for _, n := range c.unsure {
		if _, err := c.keys.write(make([]byte, recordLen), labelSize+int64(n)*recordLen); err != nil {
			return err
		}
	}
	c.unsure = nil
	return nil
}

// Len is how many vectors Get can find.
func (c *Cache) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.at)
}

// Close closes the files. All that Put was given is in them already.
func (c *Cache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, f := range []*file{c.keys, c.vectors} {
		if f != nil {
			errs = append(errs, f.done(false))
		}
	}
	return errors.Join(errs...)
}
