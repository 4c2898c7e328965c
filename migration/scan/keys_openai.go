package scan

import (
	"bytes"

	"github.com/keyless-inference/action/migration/rule"
)

// openaiMarker is what stands in the middle of OpenAI's keys: its name in base64.
const openaiMarker = "T3Blbk" + "FJ"

// openaiKinds are what follows sk- in keys, and how people call such a key.
var openaiKinds = []struct{ prefix, what string }{
	{"proj-", "key of OpenAI (project)"},
	{"svcacct-", "key of OpenAI (service account)"},
	{"service-", "key of OpenAI (service account)"},
	{"admin-", "key of OpenAI (administrator)"},
	{"", "key of OpenAI"},
}

// otherVendors are what follows sk- in keys of others.
var otherVendors = [...]string{"ant-", "or-", "lf-", "live-", "test-", "litellm-", "cp-", "hc-", "kimi-", "api0"}

// openaiKeys finds OpenAI's keys in a token.
func (t *text) openaiKeys(k token) {
	for from := 0; ; {
		i := bytes.Index(k.text[from:], []byte("sk-"))
		if i < 0 {
			return
		}
		i += from
		from = i + 3
		if !t.begins(k, i) {
			continue
		}
		if end := t.openaiKey(k, i); end > 0 {
			from = end
		}
	}
}

// openaiKey is where the key ends that begins at i; 0 when none does.
func (t *text) openaiKey(k token, i int) (end int) {
	rest := k.text[i+3:]
	rest = bytes.TrimRight(rest[:min(len(rest), longestKey)], "-_")
	for _, other := range otherVendors {
		if hasPrefix(rest, other) {
			return 0
		}
	}
	severity, ok := t.openaiForm(k, i, rest)
	if !ok || typed(rest) {
		return 0
	}
	end = i + 3 + len(rest)
	for _, kind := range openaiKinds {
		if hasPrefix(rest, kind.prefix) {
			t.literal("KL403", k, i, end, severity, kind.what)
			break
		}
	}
	return end
}

// openaiForm says how sure it is that what follows an sk- at i is a key's rest:
// with the marker in its middle it is one. Without, it is taken for one when it
// has a key's prefix and looks random, or when OpenAI's name stands before it.
func (t *text) openaiForm(k token, i int, rest []byte) (rule.Severity, bool) {
	if m := bytes.Index(rest, []byte(openaiMarker)); m >= 0 {
		return 0, m >= 16 && len(rest)-m-len(openaiMarker) >= 16
	}
	if !random(rest) || i > 0 && (k.text[i-1] == '-' || k.text[i-1] == '_') {
		return 0, false
	}
	for _, kind := range openaiKinds[:4] {
		if hasPrefix(rest, kind.prefix) && len(rest) >= 40 {
			return rule.Warning, true
		}
	}
	if len(rest) != 48 || bytes.ContainsAny(rest, "-_") {
		return 0, false
	}
	label, e := t.label(k.start), t.evidence()
	return rule.Warning, KeyName(label) || e.openai && !e.other && keyLabel(label)
}

// random reports whether a text has capitals, small letters and digits.
func random(text []byte) bool {
	var upperCase, lowerCase, digits bool
	for _, c := range text {
		upperCase, lowerCase, digits = upperCase || upper(c), lowerCase || lowercase(c), digits || digit(c)
	}
	return upperCase && lowerCase && digits
}
