package scan

import (
	"encoding/base64"
	"encoding/binary"
	"math/bits"
)

// checksumSeed is that of keys: the bytes of "Default0" from the last to the
// first, read with the lowest first.
const checksumSeed = uint64('0') | 't'<<8 | 'l'<<16 | 'u'<<24 | 'a'<<32 | 'f'<<40 | 'e'<<48 | 'D'<<56

// validChecksum reports whether the last four characters of a key of 84 are the
// checksum of the others. Two ways of writing it are known; a key that fits none
// may be genuine all the same, so this confirms and never rejects.
func validChecksum(key []byte) bool {
	data, err := base64.StdEncoding.DecodeString(string(key[:checksumAt]))
	if err != nil {
		return false
	}
	sum := marvin32(checksumSeed, data)
	got := string(key[checksumAt:])
	return got == base62(sum)[:4] || got == base64.StdEncoding.EncodeToString(binary.LittleEndian.AppendUint32(nil, sum)[:3])
}

// base62 writes the four bytes of a number, the lowest first, as one number with
// the highest digit first, padded with zeros at the end to six digits.
func base62(sum uint32) string {
	digits := []byte("000000")
	n, i := bits.ReverseBytes32(sum), 0
	for power := uint32(916132832); power > 0; power /= 62 { // 62⁵
		if d := n / power % 62; d > 0 || i > 0 {
			digits[i] = base62Digits[d]
			i++
		}
	}
	return string(digits)
}

// marvin32 is Microsoft's checksum of that name, folded to 32 bits.
// https://github.com/dotnet/runtime/blob/main/src/libraries/System.Private.CoreLib/src/System/Marvin.cs
func marvin32(seed uint64, data []byte) uint32 {
	lo, hi := uint32(seed), uint32(seed>>32)
	mix := func(v uint32) {
		lo += v
		hi ^= lo
		lo = bits.RotateLeft32(lo, 20) + hi
		hi = bits.RotateLeft32(hi, 9) ^ lo
		lo = bits.RotateLeft32(lo, 27) + hi
		hi = bits.RotateLeft32(hi, 19)
	}
	for ; len(data) >= 4; data = data[4:] {
		mix(binary.LittleEndian.Uint32(data))
	}
	var last [4]byte
	copy(last[:], data)
	last[len(data)] = 0x80
	mix(binary.LittleEndian.Uint32(last[:]))
	mix(0)
	return lo ^ hi
}
