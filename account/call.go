package account

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/keyless-inference/action/wire"
)

const (
	requestTimeout = 5 * time.Minute  // one request, all attempts and the waits between them
	attemptTimeout = 30 * time.Second // one attempt, its answer included
	answerLimit    = 16 << 20         // bytes of one answer
	mostPages      = 1000             // of one list
)

// A call is one thing that is asked for, with all its pages. It is the credential
// and the transport that the SDK's client for it has, and remembers what went wrong
// in its own words: the SDK's errors quote answers whole.
type call struct {
	*Client
	doing   string // a gerund and its object
	failure error  // what a person is to be told, once there is something
}

// options make a client of the SDK that leaves retries, limits and redirects to
// the call.
func (c *call) options() *arm.ClientOptions {
	return &arm.ClientOptions{
		DisableRPRegistration: true, // it would take a POST
		ClientOptions: policy.ClientOptions{
			Transport: c,
			Retry:     policy.RetryOptions{MaxRetries: -1},
			Telemetry: policy.TelemetryOptions{Disabled: true},
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: c.base.String(), Audience: strings.TrimSuffix(c.cfg.Scope, "/.default")},
			}},
			InsecureAllowCredentialWithHTTP: c.base.Scheme == "http", // which New lets be loopback alone
		},
	}
}

// GetToken implements [azcore.TokenCredential].
func (c *call) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.cfg.Credential.GetToken(ctx, opts)
	if err != nil {
		c.failure = fmt.Errorf("%s: %w", c.doing, wire.RedactError(err))
		return azcore.AccessToken{}, c.failure
	}
	c.secrets.Add(token.Token)
	return token, nil
}

// Do implements [policy.Transporter]: it sends a request until there is an answer
// that another attempt would not change.
func (c *call) Do(r *http.Request) (*http.Response, error) {
	out, err := c.admit(r)
	if err != nil {
		c.failure = fmt.Errorf("%s: %w", c.doing, err)
		return nil, c.failure
	}
	ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
	defer cancel()
	var resp *http.Response
	attempts, err := wire.Retry{Attempts: c.cfg.Attempts, Note: c.note}.Do(ctx, func(ctx context.Context) (err error) {
		resp, err = c.once(ctx, out)
		return err
	})
	if err != nil && attempts > 1 {
		err = fmt.Errorf("%w (%d attempts)", err, attempts)
	}
	c.failure = c.secrets.CutError(err)
	return resp, c.failure
}

// admit lets a request through that only reads, and that goes to Azure Resource
// Manager: the address of a list's next page comes from outside, and the token goes
// along. Azure writes the port 443 where nobody asked for it.
func (c *call) admit(r *http.Request) (*http.Request, error) {
	if r.Method != http.MethodGet {
		return nil, errors.New("nothing but GET is sent to Azure Resource Manager")
	}
	if r.URL.User != nil || r.URL.Scheme != c.base.Scheme || authority(r.URL) != authority(c.base) {
		return nil, errors.New("the list's next page is on another host, and the token is not sent there")
	}
	out := r.Clone(r.Context())
	out.URL.Host, out.Host = c.base.Host, ""
	out.Header.Set("User-Agent", "keyless-inference")
	return out, nil
}

func authority(u *url.URL) string {
	ports := map[string]string{"https": "443", "http": "80"}
	return strings.ToLower(u.Hostname()) + ":" + cmp.Or(u.Port(), ports[u.Scheme])
}

// note tells the log of an attempt that another one follows.
func (c *call) note(attempt int, err error, wait time.Duration) {
	if c.cfg.Log != nil {
		c.cfg.Log(wire.Line(c.secrets.Cut(fmt.Sprintf("Azure: %v: attempt %d failed, the next one is in %s", err, attempt, wait.Round(100*time.Millisecond))), 500))
	}
}

// once sends a request once and reads its answer whole.
func (c *call) once(ctx context.Context, r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	resp, err := c.cfg.Do(r.Clone(ctx))
	if err != nil {
		return nil, fmt.Errorf("%s: there is no answer from %s: %w", c.doing, c.base.Host, wire.Fault(err))
	}
	defer resp.Body.Close()
	body, err := wire.ReadAll(resp.Body, answerLimit)
	body = []byte(c.secrets.CutWords(string(body))) // names and regions are shown as they are
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: reading the answer: %w", c.doing, wire.Fault(err))
	case wire.PassingStatus(resp.StatusCode):
		return nil, &wire.Passing{Err: c.refusal(resp.StatusCode, body), Wait: wire.RetryAfter(resp.Header)}
	case resp.StatusCode == http.StatusOK && json.Unmarshal(body, new(struct{})) != nil:
		return nil, c.foreign()
	}
	whole := *resp
	whole.Body, whole.ContentLength, whole.Request = io.NopCloser(bytes.NewReader(body)), int64(len(body)), r
	return &whole, nil
}

// foreign is told of an answer that has not the form of Azure's: somebody else's
// is in between.
func (c *call) foreign() error {
	return fmt.Errorf("%s: what %s answers is not Azure Resource Manager's", c.doing, c.base.Host)
}

// told is what a person is told of an error of the SDK's.
func (c *call) told(err error) error {
	var refused *azcore.ResponseError
	switch {
	case err == nil:
		return nil
	case c.failure != nil:
		return c.failure
	case errors.As(err, &refused):
		body, _ := runtime.Payload(refused.RawResponse) // what once made is in memory
		return c.refusal(refused.StatusCode, body)
	}
	return c.foreign()
}
