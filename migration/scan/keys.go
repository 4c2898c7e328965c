package scan

import (
	"bytes"
	"encoding/base64"

	"github.com/keyless-inference/action/migration/rule"
)

// shortestToken is how long a key's longest part without a quote or space is at
// least.
const shortestToken = 32

// A token is a run of letters, digits, - and _ that may be a key or hold one.
type token struct {
	text       []byte // as it means: put together where the source takes it apart, decoded where it is encoded
	start, end int    // in the file
	plain      bool   // text is what stands at start
}

// keys finds literal keys in the text, whatever its format. Every key has a run
// of 32 letters and digits; few other things in a text have.
func (t *text) keys() {
	for from := 0; ; {
		start, end := longRun(tokenBytes, t.data, from, shortestToken)
		if start < 0 {
			return
		}
		from = end
		k := token{text: t.data[start:end], start: start, end: end, plain: true}
		marked := bytes.Contains(k.text, []byte(azureSignature)) || bytes.Contains(k.text, []byte(openaiMarker))
		if marked && t.tokenKeys(k) {
			continue
		}
		if whole := t.whole(k); !whole.plain && t.tokenKeys(whole) {
			from = whole.end
		} else if !marked {
			t.tokenKeys(k)
		}
	}
}

// tokenKeys finds the keys in a token, and reports whether it has any.
func (t *text) tokenKeys(k token) bool {
	before := len(t.found)
	t.azureKeys(k)
	t.openaiKeys(k)
	t.hexKeys(k)
	t.encodedKeys(k)
	return len(t.found) > before
}

// longRun is the next run of n or more bytes of a table, from an offset on; -1 when
// there is none. It looks at the last byte that a run from here would have first,
// so most text is skipped n bytes at a time.
func longRun(in *[256]bool, data []byte, from, n int) (start, end int) {
	good := from // data[good:i+1] is known to be in the table
	for i := from + n - 1; i < len(data); {
		j := i
		for j >= good && in[data[j]] {
			j--
		}
		if j >= good {
			good, i = i+1, j+n
			from = j + 1
			continue
		}
		for i++; i < len(data) && in[data[i]]; {
			i++
		}
		return from, i
	}
	return -1, -1
}

func tableOf(chars string) *[256]bool {
	in := &[256]bool{}
	for i := range len(chars) {
		in[chars[i]] = true
	}
	return in
}

const (
	hexDigits    = "0123456789abcdef"
	base62Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

var (
	tokenBytes = tableOf(base62Digits + "-_")
	hexBytes   = tableOf(hexDigits)
)

// longestKey is more than the longest key has.
const longestKey = 256

// whole is a token with what the source joins to it.
func (t *text) whole(k token) token {
	for len(k.text) < longestKey {
		from, to := t.piece(k.end, 1)
		if from == to {
			break
		}
		k.text = append(k.text[:len(k.text):len(k.text)], t.data[from:to]...)
		k.end, k.plain = to, false
	}
	for len(k.text) < longestKey {
		from, to := t.piece(k.start-1, -1)
		if from == to {
			break
		}
		k.text = append(bytes.Clone(t.data[from:to]), k.text...)
		k.start, k.plain = from, false
	}
	return k
}

// piece is the content of the string that is joined to the one with a quote at i,
// in a direction: "abc" + "def", or with a dot, an ampersand, a backslash or
// nothing between them, on this line or another one.
func (t *text) piece(i, step int) (from, to int) {
	if !t.quoteAt(i) {
		return 0, 0
	}
	for i += step; i >= 0 && i < len(t.data) && bytes.IndexByte([]byte(" \t\r\n+.&\\_"), t.data[i]) >= 0; {
		i += step
	}
	if !t.quoteAt(i) {
		return 0, 0
	}
	j := i + step
	for j >= 0 && j < len(t.data) && tokenBytes[t.data[j]] && (j-i)*step <= longestKey {
		j += step
	}
	if !t.quoteAt(j) {
		return 0, 0
	}
	return min(i, j) + 1, max(i, j)
}

func (t *text) quoteAt(i int) bool {
	return i >= 0 && i < len(t.data) && (t.data[i] == '"' || t.data[i] == '\'' || t.data[i] == '`')
}

// begins reports whether a key may begin at an offset of a token: not within a
// word, but behind an escape such as \n, \u0022 or %3D.
func (t *text) begins(k token, i int) bool {
	if i == 0 || !letter(k.text[i-1]) && !digit(k.text[i-1]) {
		return true
	}
	if !k.plain || k.start == 0 {
		return false
	}
	switch t.data[k.start-1] {
	case '\\':
		return i == 1 && bytes.IndexByte([]byte("ntr"), k.text[0]) >= 0 || i == 5 && k.text[0] == 'u'
	case '%':
		return i == 2
	}
	return false
}

// literal reports that text[i:j] of a token is a key.
func (t *text) literal(id string, k token, i, j int, severity rule.Severity, what string) {
	m := Match{Rule: id, Severity: severity, Start: k.start, End: k.end, What: what, Key: NewKey(string(k.text[i:j]))}
	if k.plain {
		m.Start, m.End = k.start+i, k.start+j
	}
	t.report(m)
}

// encodedKeys finds keys in base64, as Kubernetes keeps them. One of 84
// characters has its signature at a fixed place, one of OpenAI begins with sk-;
// 32 hexadecimal digits are looked for in Secrets only.
func (t *text) encodedKeys(k token) {
	if len(k.text) < 43 || len(k.text) > 2*longestKey {
		return
	}
	azure := len(k.text) >= 112 && string(k.text[72:76]) == "UUo5" // QJ9
	openai := bytes.HasPrefix(k.text, []byte("c2st"))              // sk-
	older := len(k.text) <= 44 && bytes.IndexByte([]byte("MNOYZ"), k.text[0]) >= 0
	if !azure && !openai && !older {
		return
	}
	decoded, err := base64.RawStdEncoding.DecodeString(string(k.text))
	if err != nil {
		return
	}
	d := token{text: bytes.TrimRight(decoded, "\r\n"), start: k.start, end: k.end}
	switch {
	case azure:
		t.azureKeys(d)
	case openai:
		t.openaiKeys(d)
	case len(d.text) == 32 && bytes.Contains(t.data, []byte("Secret")):
		t.hexKeys(d)
	}
}
