package emulator

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"strconv"
)

// A vector is put together from blocks of 12 numbers, each out of the same 256.
// Which block stands at a place is decided by MinHash, one permutation for all
// places: two texts have the same block there with the probability that a word of
// either is one of both. So the cosine of two texts is about the share of words
// that they have in common (their Jaccard similarity), off by some 0.05, and a
// vector costs little more than reading its text and copying its bytes, since 12
// numbers are 48 bytes and 64 characters of base64. The first four blocks are of
// the whole text to the byte, so that hardly any two texts have the same vector.
//
// Broder, On the resemblance and containment of documents (1997); Shrivastava,
// Optimal Densification for Fast and Accurate Minwise Hashing (2017).
const (
	blockLength = 12
	exactBlocks = 4
)

// A bookFormat is how long vectors are and how they are written.
type bookFormat struct {
	dimensions int
	base64     bool // of little-endian float32, else numbers with commas between
}

// A codebook is the blocks of one format as they are written. Blocks are scaled
// so that every vector has the length 1. The tail is what a number of dimensions
// that 12 does not divide has beside its full blocks.
type codebook struct {
	full          int
	comma         bool
	blocks, tails [256][]byte
}

// book makes a codebook once.
func (e *Emulator) book(f bookFormat) *codebook {
	if known, ok := e.books.Load(f); ok {
		return known.(*codebook)
	}
	made, _ := e.books.LoadOrStore(f, newCodebook(f))
	return made.(*codebook)
}

func newCodebook(f bookFormat) *codebook {
	rest := f.dimensions % blockLength
	c := &codebook{full: f.dimensions / blockLength, comma: !f.base64}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range c.blocks {
		var block [blockLength]float64
		for j := range block {
			block[j] = random.NormFloat64()
		}
		c.blocks[i] = f.encode(block[:])
		c.tails[i] = f.encode(block[:rest])
	}
	return c
}

// encode writes numbers, scaled to their share of a vector's length.
func (f bookFormat) encode(numbers []float64) (b []byte) {
	sum := 0.0
	for _, x := range numbers {
		sum += x * x
	}
	scale := math.Sqrt(float64(len(numbers)) / float64(f.dimensions) / sum)
	for i, x := range numbers {
		x := float32(x * scale)
		if f.base64 {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
			continue
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(x), 'g', -1, 32)
	}
	if f.base64 {
		b = base64.StdEncoding.AppendEncode(nil, b)
	}
	return b
}

// append writes the vector of the blocks that were picked.
func (c *codebook) append(b []byte, picks []byte) []byte {
	for i, p := range picks[:c.full] {
		if c.comma && i > 0 {
			b = append(b, ',')
		}
		b = append(b, c.blocks[p]...)
	}
	if c.full == len(picks) {
		return b
	}
	tail := c.tails[picks[c.full]]
	if c.comma && c.full > 0 && len(tail) > 0 {
		b = append(b, ',')
	}
	return append(b, tail...)
}

// A sketcher picks the blocks of texts.
type sketcher struct {
	seed  uint64 // the model's: each has vectors of its own
	least []uint64
	picks []byte
}

// newSketcher is for a model whose vectors have so many dimensions at most.
func newSketcher(model string, dimensions int) *sketcher {
	n := dimensions / blockLength // a power of two
	return &sketcher{uint64(crc32.ChecksumIEEE([]byte(model))), make([]uint64, n), make([]byte, n)}
}

// FNV-1a, 64 bits.
const (
	fnvBasis = 14695981039346656037
	fnvPrime = 1099511628211
)

// stem is how many bytes of a longer word count as a word of their own, so that
// "embed" and "embeddings" have something in common.
const stem = 4

// sketch picks the blocks of text. They are valid until the next call.
func (s *sketcher) sketch(text string) []byte {
	for i := range s.least {
		s.least[i] = math.MaxUint64
	}
	exact := crc32.Checksum([]byte(text), castagnoli)
	s.note(uint64(exact)) // something is there, also where no word is
	h, n := uint64(fnvBasis), 0
	for i := range len(text) {
		c := folded[text[i]]
		if c == 0 {
			if n > 0 {
				s.note(h)
			}
			h, n = fnvBasis, 0
			continue
		}
		h = (h ^ uint64(c)) * fnvPrime
		if n++; n == stem {
			s.note(h)
		}
	}
	if n > 0 {
		s.note(h)
	}
	s.pick(exact)
	return s.picks
}

// note counts a word: the least of those that fall into a place stays there.
func (s *sketcher) note(word uint64) {
	h := mix(word + s.seed)
	at := &s.least[h&uint64(len(s.least)-1)]
	*at = min(*at, h)
}

// pick turns what is in the places into blocks. A place that no word fell into
// takes the word of another, which depends on the place alone.
func (s *sketcher) pick(exact uint32) {
	for i, h := range s.least {
		for attempt := uint64(1); h == math.MaxUint64; attempt++ {
			h = s.least[mix(uint64(i)<<12+attempt)&uint64(len(s.least)-1)]
		}
		s.picks[i] = byte(mix(h + uint64(i)))
	}
	binary.LittleEndian.PutUint32(s.picks[:exactBlocks], exact)
}

// mix is the finalizer of SplitMix64: every bit of x changes all others.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// castagnoli is the polynomial that processors know.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// folded are the bytes of words, letters in lower case; 0 is for those between.
var folded = func() (table [256]byte) {
	for c := range 256 {
		switch b := byte(c); {
		case b >= 'A' && b <= 'Z':
			table[c] = b + 'a' - 'A'
		case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b >= 0x80:
			table[c] = b
		}
	}
	return table
}()
