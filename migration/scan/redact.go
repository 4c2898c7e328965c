package scan

import (
	"bytes"
	"strings"
)

// Redact replaces the keys in a text that names something, a file, a branch or
// a person, as [Key] prints them, so that the text can be shown. It is given words
// rather than files, so it takes what has a key's marker for one, whatever is
// around it, and leaves 32 hexadecimal digits alone, as names often have them:
// see [RedactHex].
func Redact(text string) string {
	if len(text) < shortestToken {
		return text
	}
	data := []byte(text)
	var out strings.Builder
	done := 0
	replace := func(start, end int) {
		if start >= done {
			out.WriteString(text[done:start] + NewKey(text[start:end]).String())
			done = end
		}
	}
	for start, end := longRun(tokenBytes, data, 0, shortestToken); start >= 0; start, end = longRun(tokenBytes, data, end, shortestToken) {
		word := data[start:end]
		i := bytes.Index(word, []byte("sk-"))
		switch {
		case bytes.Contains(word, []byte(azureSignature)):
			replace(start, end)
		case i >= 0 && (bytes.Contains(word[i:], []byte(openaiMarker)) || len(word)-i >= 43 && random(word[i+3:])):
			replace(start+i, end)
		case bytes.Contains(word, []byte(openaiMarker)), encoded(word):
			replace(start, end)
		}
	}
	return out.String() + text[done:]
}

// encoded reports whether a word is a key in base64.
func encoded(word []byte) bool {
	t := &text{data: word, format: plain}
	t.encodedKeys(token{text: word, end: len(word), plain: true})
	return len(t.found) > 0
}

// RedactHex is [Redact], and takes 32 hexadecimal digits for a key of Azure's older
// kind.
func RedactHex(text string) string {
	text = Redact(text)
	var out strings.Builder
	done := 0
	for start, end := longRun(hexBytes, []byte(text), 0, 32); start >= 0; start, end = longRun(hexBytes, []byte(text), end, 32) {
		if end-start == 32 {
			out.WriteString(text[done:start] + NewKey(text[start:end]).String())
			done = end
		}
	}
	return out.String() + text[done:]
}
