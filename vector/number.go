package vector

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
)

// powers are exact: a float64 holds every power of ten up to 10^22.
var powers = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

const pairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

// appendFloat appends the shortest text that reads back as f, the same as
// strconv does, but more than twice as fast for what embeddings consist of:
// numbers between 0.0001 and 1. Of these it tries eight digits, and from there
// more or fewer; nine are always enough for a float32.
func appendFloat(b []byte, f float32) []byte {
	x := math.Abs(float64(f))
	if !(x >= 1e-4 && x < 1) {
		return strconv.AppendFloat(b, float64(f), 'g', -1, 32)
	}
	zeros := 0
	for _, limit := range [...]float64{1e-1, 1e-2, 1e-3} {
		if x < limit {
			zeros++
		}
	}
	n := 8
	m, ok, sure := digits(x, zeros+n)
	switch {
	case !ok:
		n++
		m, ok, sure = digits(x, zeros+n)
	default:
		for n > 1 && sure {
			fewer, fit, certain := digits(x, zeros+n-1)
			if !fit {
				sure = certain
				break
			}
			m, sure, n = fewer, certain, n-1
		}
	}
	if !ok || !sure || m >= uint64(powers[n]) {
		return strconv.AppendFloat(b, float64(f), 'g', -1, 32)
	}
	if f < 0 {
		b = append(b, '-')
	}
	b = append(b, "0.000"[:2+zeros]...)
	return appendDigits(b, uint32(m), n)
}

// digits rounds x to so many decimals, as an integer of that last decimal. ok
// says that this reads back as x, a float32; sure, that the roundings of float64
// on the way there can't have made a difference.
func digits(x float64, decimals int) (m uint64, ok, sure bool) {
	y := x * powers[decimals]
	m = uint64(y + 0.5)
	f, exact := narrow(float64(m) / powers[decimals])
	far := math.Abs(y-float64(m)) < 0.49999
	return m, float64(f) == x, exact && (far || float64(f) != x)
}

// narrow rounds to a float32. It is not exact half-way between two of them,
// where the rounding that led to x decides.
func narrow(x float64) (f float32, exact bool) {
	const lost = 1<<29 - 1 // the bits that a float32 has not
	return float32(x), math.Float64bits(x)&lost != 1<<28
}

// appendDigits appends m with n digits, at most nine.
func appendDigits(b []byte, m uint32, n int) []byte {
	var text [10]byte
	for i := 8; i >= 0; i -= 2 {
		pair := m % 100 * 2
		m /= 100
		text[i], text[i+1] = pairs[pair], pairs[pair+1]
	}
	return append(b, text[10-n:]...)
}

// readFloat reads the number that text begins with, as JSON writes numbers, and
// says how long it is, 0 if there is none or it is too large.
func readFloat(text []byte) (f float32, length int) {
	i := 0
	if len(text) > 0 && text[0] == '-' {
		i++
	}
	first, point := i, -1
	var m uint64
	for ; i < len(text); i++ {
		c := text[i]
		if '0' <= c && c <= '9' {
			m = m*10 + uint64(c-'0')
		} else if c == '.' && point < 0 && i > first {
			point = i
		} else {
			break
		}
	}
	decimals := 0
	if point >= 0 {
		decimals = i - point - 1
	}
	if i == first || i-first > 18 || m >= 1<<53 || i < len(text) && (text[i]|0x20) == 'e' {
		return readSlowly(text)
	}
	f, exact := narrow(float64(m) / powers[decimals])
	if !exact || m != 0 && float64(f) < 1e-30 {
		return readSlowly(text)
	}
	if first == 1 {
		f = -f
	}
	return f, i
}

func readSlowly(text []byte) (float32, int) {
	n := 0
	for n < len(text) && (text[n]-'0' <= 9 || text[n] == '-' || text[n] == '+' || text[n] == '.' || text[n]|0x20 == 'e') {
		n++
	}
	f, err := strconv.ParseFloat(string(text[:n]), 32)
	if err != nil {
		return 0, 0
	}
	return float32(f), n
}

// appendFloats appends the numbers as their bits, little endian, as .npy and
// .parquet have them.
func appendFloats(b []byte, v []float32) []byte {
	b = slices.Grow(b, 4*len(v))
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return b
}

// readFloats reads what appendFloats wrote, into v: two at a time, which is
// faster by a third.
func readFloats(v []float32, b []byte) []float32 {
	n := len(b) / 4
	v = slices.Grow(v[:0], n)[:n]
	rest := v
	for len(rest) >= 2 && len(b) >= 8 {
		two := binary.LittleEndian.Uint64(b)
		rest[0], rest[1] = math.Float32frombits(uint32(two)), math.Float32frombits(uint32(two>>32))
		rest, b = rest[2:], b[8:]
	}
	if len(rest) > 0 {
		rest[0] = math.Float32frombits(binary.LittleEndian.Uint32(b))
	}
	return v
}

// finite is the first index of what is no number, or -1. JSON has no NaN, and a
// cosine with one is none.
func finite(v []float32) int {
	for i, f := range v {
		if f-f != 0 {
			return i
		}
	}
	return -1
}
