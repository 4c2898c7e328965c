package scan

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// A Key is a literal key. Nothing prints it: each way of formatting one gives
// its first four characters and a fingerprint. The zero value is no key.
type Key struct{ text string }

// NewKey wraps a key, so that it can't be printed by accident.
func NewKey(text string) Key { return Key{text} }

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.text == "" }

// Fingerprint is the start of the key's SHA-256, in hexadecimal. A key has 128
// random bits or more, so nobody finds it from its hash.
func (k Key) Fingerprint() string {
	sum := sha256.Sum256([]byte(k.text))
	return hex.EncodeToString(sum[:4])
}

// String is the first four characters and the fingerprint.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	return k.text[:min(4, len(k.text)/4)] + "… (" + k.Fingerprint() + ")"
}

// Cut is a text with the key written as String does, wherever it stands in it.
func (k Key) Cut(text string) string {
	if k.IsZero() {
		return text
	}
	return strings.ReplaceAll(text, k.text, k.String())
}

// GoString keeps %#v from showing the key.
func (k Key) GoString() string { return k.String() }

// MarshalText keeps JSON from showing the key.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
