package inference

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keyless-inference/action/inference/pace"
	"github.com/keyless-inference/action/wire"
)

// What the zero values in a [Client] stand for.
const (
	DefaultAttempts = 5
	DefaultTimeout  = 10 * time.Minute
	DefaultIdle     = time.Minute
)

// Limits of what is read. A 128,000 token answer, streamed with its
// annotations, is about 40 MB on the wire.
const (
	answerLimit = 64 << 20 // bytes of one answer
	errorLimit  = 64 << 10 // bytes of the body of a refusal
)

// patience is how many times [Client.Idle] a stream may be silent before its
// first text: reasoning models think for minutes before they say a word.
const patience = 5

// A Client asks the deployments of one Azure OpenAI resource. Endpoint and
// Token must be set. It is safe for concurrent use, must not be copied after
// its first use, and its fields must not change then.
type Client struct {
	// Endpoint is the resource's address, in any form that [ParseEndpoint]
	// takes.
	Endpoint string

	// APIVersion selects the dated routes, for instance "2024-10-21". "", "v1"
	// and "preview" mean the undated /openai/v1/, to which no version is ever
	// sent; only Embed reads "" as [EmbedVersion].
	APIVersion string

	// Header goes along with every request, for a gateway such as API
	// Management. Authorization and api-key are refused, see [Client.Check].
	Header http.Header

	// Token returns the Entra access token, without "Bearer". It is asked
	// before every attempt, so it should cache; its errors are final. claims is
	// mostly "": else the service has refused the last token and asks for one
	// that has these claims, as JSON.
	//
	// https://learn.microsoft.com/entra/identity-platform/claims-challenge
	Token func(ctx context.Context, claims string) (string, error)

	// Do sends a request. It must not follow redirects. nil means the Do of one
	// [wire.Client] for the life of this Client.
	Do func(*http.Request) (*http.Response, error)

	// Attempts is how often one question is put at most; 0 means
	// [DefaultAttempts]. A repair turn is a question of its own, and a request
	// that was refused for a parameter which is then left out does not count.
	Attempts int

	// Timeout bounds one call of Ask, Embed or Batch with all its attempts and
	// waits, and each step of CreateBatch; 0 means [DefaultTimeout].
	Timeout time.Duration

	// Idle is the silence after which a stream is given up and asked again; 0
	// means [DefaultIdle]. Before the first text it is five times as long.
	Idle time.Duration

	// ClientID is the application's id, for the commands in error texts alone.
	// "" leaves a placeholder there.
	ClientID string

	// PrincipalID is the object id of whom the tokens are for, and PrincipalType what
	// that is, as Azure calls it: User, Group or ServicePrincipal. Both are for the
	// commands in error texts alone. Without the id the commands look for the
	// principal; "" means ServicePrincipal, which managed identities are as well.
	PrincipalID, PrincipalType string

	// Deployed is what is known of the deployment, for error texts alone, where the
	// client asks no more than one.
	Deployed Deployed

	// ResourceID is the account's id in Azure Resource Manager, for the commands in
	// error texts alone: /subscriptions/…/accounts/…. "" makes the commands look for
	// the account by the subdomain that Endpoint shows.
	ResourceID string

	// Pace, if not nil, gives every attempt to a deployment its turn. Ask and
	// Embed wait for the first one before their Timeout begins; the turns of
	// later attempts are waited for inside of it. With Pace a 429 does not use
	// up one of the Attempts, for the Timeout bounds it, and the wait after it
	// is the pacer's, so that no herd comes back at once.
	Pace func(deployment string) *pace.Pacer

	// Log, if not nil, is told in one line of each retry, each parameter left
	// out and each repair turn. It may quote the service.
	Log func(line string)

	// Progress, if not nil, is called as text streams in, with the number of
	// characters of the current attempt so far. It starts again at a retry.
	Progress func(characters int)

	tokens  wire.Secrets // the tokens that were sent, cut out of answers
	secrets wire.Secrets // these and the header values, cut out of errors and the log

	once     sync.Once
	standard func(*http.Request) (*http.Response, error) // what Do nil stands for

	here atomic.Pointer[place] // what Endpoint stands for

	mu      sync.Mutex
	refused map[string]map[string]bool // api and deployment -> parameters that it refuses
}

// Check reports every mistake in the client's fields and in q at once, joined,
// without sending anything. [Client.Ask] begins with it.
func (c *Client) Check(q Request) error {
	_, err := c.check(q.Check())
	return err
}

// check returns where requests go, or every mistake in the client's fields
// beside those in what is asked.
func (c *Client) check(asked error) (*place, error) {
	var mistakes []error
	p, err := c.place()
	if err != nil {
		mistakes = append(mistakes, fmt.Errorf("the endpoint: %w", err))
	}
	if c.Token == nil {
		mistakes = append(mistakes, errors.New("there is no source of Entra tokens"))
	}
	for name := range c.Header {
		mistakes = append(mistakes, CheckHeader(name))
	}
	return p, errors.Join(append(mistakes, asked)...)
}

// CheckHeader reports why a custom header cannot have this name: it carries a
// credential, or it is set by the program itself.
func CheckHeader(name string) error {
	switch http.CanonicalHeaderKey(name) {
	case "Authorization", "Api-Key":
		return fmt.Errorf("%s is refused: an Entra token is the only credential that is ever sent", name)
	case "Host", "Content-Length", "Content-Type", "Transfer-Encoding":
		return fmt.Errorf("%s is refused: it follows from the request", name)
	}
	return nil
}

// do sends a request by Do or by a client of its own, made once.
func (c *Client) do(r *http.Request) (*http.Response, error) {
	if c.Do != nil {
		return c.Do(r)
	}
	c.once.Do(func() { c.standard = wire.Client().Do })
	return c.standard(r)
}

// undated are the api-versions that mean /openai/v1/.
var undated = []string{"", "v1", "preview"}

// route is the path of an operation, relative to the root. The dated routes of
// most name the deployment; where it is "", they do not.
func route(version, deployment, operation string) string {
	if slices.Contains(undated, version) {
		return "openai/v1/" + operation
	}
	if deployment != "" {
		operation = "deployments/" + url.PathEscape(deployment) + "/" + operation
	}
	return "openai/" + operation + "?api-version=" + url.QueryEscape(version)
}

func (c *Client) attempts() int          { return orDefault(c.Attempts, DefaultAttempts) }
func (c *Client) timeout() time.Duration { return orDefault(c.Timeout, DefaultTimeout) }
func (c *Client) idle() time.Duration    { return orDefault(c.Idle, DefaultIdle) }

func orDefault[T cmp.Ordered](v, def T) T {
	var zero T
	if v <= zero {
		return def
	}
	return v
}

// log tells the people who watch, in one line and without tokens.
func (c *Client) log(format string, args ...any) {
	if c.Log != nil {
		c.Log(strings.Join(strings.Fields(c.secrets.Cut(fmt.Sprintf(format, args...))), " "))
	}
}
