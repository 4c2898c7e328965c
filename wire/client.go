package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// idle is how many connections to one host are kept for the next request. A run
// of many prompts has that many under way at once, all to one host; net/http
// would keep two of them and pay for a new handshake with every other request.
const idle = 1024

// Client returns a new HTTP client that hands a redirect back as the answer
// instead of following it, so that neither a token nor an assertion ever
// reaches a host it was not meant for. It takes proxies and certificate
// authorities from the environment as net/http and crypto/x509 do
// (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE), speaks TLS 1.2 or newer, and sets no
// timeout: every caller brings a context with a deadline.
func Client() *http.Client { return ClientTrusting(nil) }

// ClientTrusting returns a client as [Client] does that trusts the certificate
// authorities of roots. Nil means those of the system.
func ClientTrusting(roots *x509.CertPool) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, idle
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Roots are the system's certificate authorities and those of a file in PEM.
func Roots(pem []byte) (*x509.CertPool, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in PEM in it: each begins with -----BEGIN CERTIFICATE-----")
	}
	return roots, nil
}

// ReadAll reads r to its end and fails when that is more than limit bytes, so
// that a server cannot fill the memory. What was read is returned in either
// case.
func ReadAll(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		return b[:limit], fmt.Errorf("it is longer than the %d bytes that are accepted", limit)
	}
	return b, err
}

// PassingStatus reports whether an answer with this HTTP status may turn out
// differently on another attempt: 408, 429, and 500 to 599.
func PassingStatus(code int) bool {
	return code == http.StatusRequestTimeout || code == http.StatusTooManyRequests || code >= 500 && code <= 599
}

// Fault marks err, which [http.Client.Do] or a read of a body returned, as
// [Passing] unless another attempt must meet it again: a name that does not
// exist, or a certificate that is not trusted. The method and URL that net/http
// puts in front are dropped: who is asked is said by whoever asks.
func Fault(err error) error {
	if u := (*url.Error)(nil); errors.As(err, &u) {
		err = u.Err
	}
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	if err == nil || errors.As(err, &dns) && dns.IsNotFound || errors.As(err, &cert) {
		return err
	}
	return &Passing{Err: err}
}

// RetryAfter reads the server's advice on when to come back: retry-after-ms, and
// Retry-After in seconds or as a date (RFC 9110, section 10.2.3). Where they
// differ the longer one counts: Azure sends 0 ms beside a second that it means.
// Zero means that there is no usable advice, never "at once".
func RetryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	wait := max(scaled(h.Get("retry-after-ms"), time.Millisecond), scaled(v, time.Second))
	if at, err := http.ParseTime(v); err == nil {
		wait = max(wait, time.Until(at))
	}
	return wait
}

// scaled is number units, at most a year of them, since what a server may write
// need not fit into a Duration; 0 for what is no positive number.
func scaled(number string, unit time.Duration) time.Duration {
	const year = 365 * 24 * time.Hour
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || !(n > 0):
		return 0
	case n >= float64(year/unit):
		return year
	}
	return time.Duration(n * float64(unit))
}
