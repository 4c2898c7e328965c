package document

import "unicode/utf8"

// InvalidUTF8 is the offset of the first byte of b that is not UTF-8, or len(b)
// if there is none.
func InvalidUTF8(b []byte) int {
	at := 0
	for at < len(b) {
		r, size := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}
