package inference

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// moreClaims is the error of a challenge that a token with certain claims would
// meet, and the code of a refusal that has one: the service has heard that
// something about the identity has changed, and wants a token that was made since.
//
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
const moreClaims = "insufficient_claims"

// longestClaims bounds the claims that are handed on, in bytes. Real ones have
// about a hundred.
const longestClaims = 8 << 10

// A challenge is one way of authenticating that a WWW-Authenticate header names
// (RFC 9110, section 11).
type challenge struct {
	scheme string            // in lower case
	params map[string]string // by name in lower case; nil where there is a token68 or nothing
}

// wantedClaims are those that h asks for, as JSON; "" when it does not, or does
// in a way that cannot be read.
func wantedClaims(h http.Header) string {
	for _, line := range h.Values("WWW-Authenticate") {
		for _, c := range challenges(line) {
			if c.scheme == "bearer" && c.params["error"] == moreClaims {
				return decodeClaims(c.params["claims"])
			}
		}
	}
	return ""
}

// decodeClaims reads a JSON object, or one in base64 of either alphabet.
func decodeClaims(s string) string {
	raw := []byte(s)
	if !strings.HasPrefix(s, "{") {
		s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
		raw, _ = base64.RawURLEncoding.DecodeString(s) // what cannot be decoded is no JSON either
	}
	var object map[string]json.RawMessage
	if len(raw) > longestClaims || json.Unmarshal(raw, &object) != nil || object == nil {
		return ""
	}
	return string(raw)
}

// challenges reads one header line. Commas stand between challenges and between
// the parameters of one, so that only the next word tells them apart. What is
// neither is passed over up to the next comma.
func challenges(line string) (all []challenge) {
	p := header{line}
	for p.skip(" \t,"); p.rest != ""; p.skip(" \t,") {
		word := p.word()
		switch value, ok := p.value(); {
		case word == "":
			p.junk()
		case !ok:
			all = append(all, challenge{scheme: strings.ToLower(word)})
			p.token68()
		case len(all) > 0:
			all[len(all)-1].set(word, value)
		}
	}
	return all
}

// set takes a parameter; of two of the same name, which no service may send, the
// first counts.
func (c *challenge) set(name, value string) {
	name = strings.ToLower(name)
	if c.params == nil {
		c.params = map[string]string{}
	}
	if _, twice := c.params[name]; !twice {
		c.params[name] = value
	}
}

// A header is what is left to read of a header line.
type header struct{ rest string }

func (p *header) skip(set string) { p.rest = strings.TrimLeft(p.rest, set) }

// word takes a token (RFC 9110, section 5.6.2); "" when there is none.
func (p *header) word() string { return p.take(tokenByte) }

func (p *header) take(belongs func(byte) bool) string {
	n := 0
	for n < len(p.rest) && belongs(p.rest[n]) {
		n++
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

func tokenByte(c byte) bool {
	return letterOrDigit(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

func token68Byte(c byte) bool { return letterOrDigit(c) || strings.IndexByte("-._~+/", c) >= 0 }

func letterOrDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// value takes "=" and what follows it: a token or a quoted string.
func (p *header) value() (value string, ok bool) {
	after, ok := strings.CutPrefix(strings.TrimLeft(p.rest, " \t"), "=")
	if !ok {
		return "", false
	}
	p.rest = strings.TrimLeft(after, " \t")
	if strings.HasPrefix(p.rest, `"`) {
		return p.quoted(), true
	}
	return p.word(), true
}

// quoted takes a quoted string, to the end of the line if nothing closes it.
func (p *header) quoted() string {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; c {
		case '"':
			p.rest = p.rest[i+1:]
			return b.String()
		case '\\':
			if i++; i < len(p.rest) {
				b.WriteByte(p.rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	p.rest = ""
	return b.String()
}

// token68 passes over what a scheme such as Negotiate has in place of parameters
// (RFC 9110, section 11.2), and over nothing when parameters follow.
func (p *header) token68() {
	before := p.rest
	p.skip(" \t")
	p.take(token68Byte)
	p.skip("=")
	if p.skip(" \t"); p.rest != "" && p.rest[0] != ',' || strings.TrimLeft(before, " \t") == p.rest {
		p.rest = before
	}
}

// junk passes over what nobody understands.
func (p *header) junk() {
	if i := strings.IndexByte(p.rest, ','); i >= 0 {
		p.rest = p.rest[i:]
	} else {
		p.rest = ""
	}
}
