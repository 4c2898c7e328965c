package chain

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/wire"
)

// reached is how an endpoint can be reached.
type reached struct {
	proxy     string // the host of the proxy that requests go through; then the rest is its business
	addresses []netip.Addr
	tls       string    // such as TLS 1.3; "" in plain text on this machine
	issuer    string    // of the certificate
	until     time.Time // of the certificate
}

// private reports whether every address is of a private network, as that of a private
// endpoint is; local, whether it is this machine's.
func (r reached) private() bool { return r.all(netip.Addr.IsPrivate) }
func (r reached) local() bool   { return r.all(netip.Addr.IsLoopback) }

func (r reached) all(of func(netip.Addr) bool) bool {
	return len(r.addresses) > 0 && !slices.ContainsFunc(r.addresses, func(a netip.Addr) bool { return !of(a.Unmap()) })
}

// reach resolves the endpoint's name and opens a connection, as a request would.
func (e *evidence) reach(ctx context.Context) {
	u, err := url.Parse(e.cfg.Client.Endpoint)
	if err != nil {
		e.reachErr = err
		return
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err == nil && proxy != nil {
		e.reached.proxy = proxy.Host
		return
	}
	if e.reached.addresses, err = net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname()); err == nil {
		err = e.reached.connect(ctx, u, e.cfg.Roots)
	}
	if err != nil {
		e.reachErr = unreached(u, e.reached, err)
	}
}

// connect opens a connection to u and closes it again.
func (r *reached) connect(ctx context.Context, u *url.URL, roots *x509.CertPool) error {
	address := net.JoinHostPort(u.Hostname(), portOf(u))
	if u.Scheme == "http" {
		c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err == nil {
			err = c.Close()
		}
		return err
	}
	d := &tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}}
	c, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	state := c.(*tls.Conn).ConnectionState()
	leaf := state.PeerCertificates[0]
	r.tls, r.issuer, r.until = tls.VersionName(state.Version), wire.Line(leaf.Issuer.String(), 100), leaf.NotAfter
	return c.Close()
}

// portOf is the port that a URL means.
func portOf(u *url.URL) string {
	if u.Port() != "" {
		return u.Port()
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// An obstacle is why an endpoint can't be reached. The texts hold placeholders:
// {host} with and {name} without the port, {port}, {endpoint}, {addresses}, {error}.
type obstacle struct {
	name           string
	applies        func(reached, error) bool
	what, why, fix string
	code, page     string
}

// obstacles are tried in order; the last fits all.
var obstacles = []obstacle{
	{
		"name not found", func(_ reached, err error) bool {
			dns, ok := errors.AsType[*net.DNSError](err)
			return ok && dns.IsNotFound
		},
		"no name server knows {host}",
		"The endpoint is mistyped, the resource was deleted, or it has no subdomain of its own ({error}).",
		`az cognitiveservices account list --query "[].{name:name,endpoint:properties.endpoint}" --output table`,
		"", "https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains",
	},
	{
		"names not resolved", func(_ reached, err error) bool {
			_, ok := errors.AsType[*net.DNSError](err)
			return ok
		},
		"the name {host} could not be resolved",
		"The name server of this machine gave no answer ({error}).",
		"nslookup {name}\nand see that the runner's name servers are reachable; in a virtual network, that its private DNS zone privatelink.openai.azure.com is linked to it",
		"", "https://learn.microsoft.com/azure/private-link/private-endpoint-dns",
	},
	{
		"certificate not trusted", func(_ reached, err error) bool {
			_, ok := errors.AsType[*tls.CertificateVerificationError](err)
			return ok
		},
		"the certificate of {host} is not trusted",
		"Something on the way, such as a proxy that looks into TLS, answers with a certificate of its own ({error}).",
		"set the input ca-file to a file with that authority's certificate in PEM; this shows who signed it:\nopenssl s_client -connect {name}:{port} -servername {name} -showcerts </dev/null",
		"- uses: keyless-inference/action@v1\n  with:\n    ca-file: company-ca.pem", "https://learn.microsoft.com/azure/security/fundamentals/azure-ca-details",
	},
	{
		"no TLS", func(_ reached, err error) bool {
			_, ok := errors.AsType[tls.RecordHeaderError](err)
			return ok
		},
		"what answers at {host} does not speak TLS",
		"The endpoint begins with https://, and the answer is none of TLS ({error}).",
		"give the port that speaks TLS; plain http:// is for this machine alone, as for keyless emulate",
		"", "https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains",
	},
	{
		"this machine", func(r reached, _ error) bool { return r.local() },
		"nothing answers at {host} on this machine",
		"No program listens there ({error}).",
		"keyless emulate\nin another terminal serves a resource on this machine; else set endpoint to the resource's own address",
		"", "https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains",
	},
	{
		"private address", func(r reached, _ error) bool { return r.private() },
		"nothing answers at the private address of {host}",
		"Its name resolves to {addresses}, a private endpoint, and this machine is not in that network ({error}).",
		"run the job on a runner inside the virtual network, or in one that is peered with it",
		"jobs:\n  ask:\n    runs-on: [self-hosted, in-the-network]", "https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks#use-private-endpoints",
	},
	{
		"no answer", func(reached, error) bool { return true },
		"nothing answers at {host}",
		"Its name resolves to {addresses}, but no connection came about ({error}).",
		"see that the runner may go out to {host} (firewall, HTTPS_PROXY, NO_PROXY):\ncurl --head {endpoint}",
		"", "https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks",
	},
}

// unreached explains why there is no connection.
func unreached(u *url.URL, r reached, err error) error {
	for _, o := range obstacles {
		if o.applies(r, err) {
			fill := strings.NewReplacer("{host}", u.Host, "{name}", u.Hostname(), "{port}", portOf(u), "{endpoint}", u.String(), "{addresses}", listed(r.addresses), "{error}", wire.Line(err.Error(), 300)).Replace
			return &wire.Problem{What: "reaching the endpoint: " + fill(o.what), Why: fill(o.why), Fix: fill(o.fix), Code: fill(o.code), Page: o.page, Err: err}
		}
	}
	return err // not reached: the last one fits all
}

func listed(addresses []netip.Addr) string {
	words := make([]string, len(addresses))
	for i, a := range addresses {
		words[i] = a.Unmap().String()
	}
	return strings.Join(words, ", ")
}

// facts show the way to the endpoint.
func (r reached) facts() []Fact {
	certificate := ""
	if r.issuer != "" {
		certificate = fmt.Sprintf("of %s, until %s", r.issuer, r.until.UTC().Format(time.DateOnly))
	}
	return []Fact{{"addresses", listed(r.addresses)}, {"proxy", r.proxy}, {"tls", r.tls}, {"certificate", certificate}}
}

// knockLimit bounds the answer to who comes without a token, in bytes.
const knockLimit = 64 << 10

// knock asks the endpoint without a token, for what costs nothing. Network rules come
// before the question who asks, so a refusal for lack of a token shows that they let
// this machine in.
func (e *evidence) knock(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(e.cfg.Client.Endpoint, "/")+"/openai/v1/models", nil)
	if err != nil {
		return
	}
	do := e.cfg.Client.Do
	if do == nil {
		do = wire.Client().Do
	}
	resp, err := do(r)
	if err != nil {
		e.reachErr = unreached(r.URL, e.reached, wire.Fault(err))
		return
	}
	defer resp.Body.Close()
	body, _ := wire.ReadAll(resp.Body, knockLimit) // what there is of it is enough
	switch resp.StatusCode {
	case http.StatusUnauthorized:
		e.knocked = true
	case http.StatusForbidden:
		e.askErr = e.cfg.Client.Explain(e.cfg.Deployment, inference.ParseError(resp.StatusCode, resp.Header, body))
	}
}
