package scan

import (
	"bytes"
	"slices"
	"strings"
)

// typed reports whether somebody wrote the random part of a key by hand: it says
// what it is, has few different characters, counts up or down, or repeats itself.
// One random key in more than 100 million does.
func typed(text []byte) bool {
	return distinct(string(text)) < min(10, len(text)/3) || regular(text) || says(string(text))
}

// typedHex is typed for 32 hexadecimal digits, of which there are fewer.
func typedHex(text []byte) bool {
	if distinct(string(text)) < 6 || regular(text) {
		return true
	}
	for period := 1; period <= 16; period++ {
		if bytes.Equal(text[period:], text[:len(text)-period]) {
			return true
		}
	}
	return slices.ContainsFunc(typedRuns, func(run string) bool { return bytes.Contains(text, []byte(run)) })
}

// typedRuns are what people type into hexadecimal examples.
var typedRuns = []string{"deadbeef", "cafebabe", "12345678", "23456789", "87654321", "abcdefab", "fedcba98", "c0ffee", "0000000", "1111111", "aaaaaaa", "fffffff", "badc0de"}

// regular reports whether the differences of a text's characters are mostly the
// same, next to each other or a few apart: 12345…, a1b2c3…, abcabc….
func regular(text []byte) bool {
	for lag := 1; lag <= 4; lag++ {
		var same, up, down int
		for i := lag; i < len(text); i++ {
			switch step(text[i-lag], text[i]) {
			case 0:
				same++
			case 1:
				up++
			case -1:
				down++
			}
		}
		if n := len(text) - lag; max(same, up, down)*20 >= n*9 {
			return true
		}
	}
	return false
}

// step is by how much one character follows another; 9 is followed by 0 and by a,
// f and z by the first of their kind.
func step(a, b byte) int {
	switch string([]byte{a, b}) {
	case "90", "9a", "9A", "fa", "za", "ZA", "f0":
		return 1
	}
	return int(b) - int(a)
}

// longWords are so long that no key has one by chance, shortWords stand by
// themselves.
var (
	longWords  = []string{"example", "replace", "placeholder", "dummy", "sample", "insert", "redacted", "changeme", "notareal", "not-a-real", "fakekey", "openai", "apikey", "api-key", "api_key", "your-", "your_", "-here", "_here", "xxxxxx", "secret", "abcdefg", "qwerty", "123456789"}
	shortWords = set("test", "tests", "testing", "fake", "mock", "your", "key", "demo", "foo", "bar", "here", "invalid", "goes", "real", "not", "this", "is", "my")
)

// says reports whether a text has words for a placeholder.
func says(text string) bool {
	low := strings.ToLower(text)
	if slices.ContainsFunc(longWords, func(w string) bool { return strings.Contains(low, w) }) {
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(low, notAlphanumeric), func(w string) bool { return len(w) > 1 && shortWords[strings.TrimRight(w, "0123456789")] })
}
