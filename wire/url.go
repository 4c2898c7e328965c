package wire

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// CheckURL parses raw and refuses what a token must not be sent to: any scheme
// but https, except plain http to the loopback interface (see [Loopback]); a
// missing host; and user information, which would end up in logs.
//
// The error names raw but not what surrounds it, so wrap it with the name of
// the input.
func CheckURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "":
		return nil, fmt.Errorf("%q is not an absolute URL: it begins with https:// and a host", Redact(raw))
	case u.User != nil:
		return nil, fmt.Errorf("a URL with a user name or password in it is refused (host %s)", u.Host)
	case u.Scheme == "https", u.Scheme == "http" && Loopback(u.Hostname()):
		return u, nil
	}
	return nil, fmt.Errorf("%q would send a token in clear text: use https (plain http is for loopback addresses only)", Redact(raw))
}

// Loopback reports whether host, without a port, is the local machine by name
// ("localhost") or by address (127.0.0.0/8, ::1). Other names are not resolved:
// a name server must not decide where plain http is safe.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// IsGUID reports whether id is a GUID as Azure writes it: 32 hexadecimal digits in
// groups of 8, 4, 4, 4 and 12, in any case, without braces.
func IsGUID(id string) bool {
	if len(id) != 36 {
		return false
	}
	for i, c := range []byte(id) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		digit := '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
		if dash != (c == '-') || !dash && !digit {
			return false
		}
	}
	return true
}
