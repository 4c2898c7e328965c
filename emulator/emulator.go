// Package emulator stands in, on one loopback port, for the services that a
// keyless run talks to: GitHub's OpenID Connect issuer, Microsoft Entra's token
// endpoint, the endpoints of managed identities, a Kubernetes cluster's issuer,
// Azure OpenAI, Azure Resource Manager, and the parts of GitHub's API that deal
// with comments, secrets, variables and subjects.
//
// It is written from what the services do on the wire, shares no code with the
// clients of this module, and refuses what the real services refuse: a foreign
// subject, a wrong audience, an expired token, a deployment that does not
// exist, a dated api-version on a /v1/ path, somebody else's comment. An [Emulator] is an
// [http.Handler]: tests hand it to httptest.NewServer, people run
// "keyless emulate". It makes its keys when it is made and keeps nothing
// between two lives.
package emulator

import (
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what the emulated services know. The zero value is a working
// world: one tenant, one application with federated credentials that match the
// tokens of GitHub and of the cluster, and [DefaultDeployments].
type Config struct {
	Tenant  string // the Entra tenant's id; "" means [DefaultTenant]
	Client  string // the application's (client) id; "" means [DefaultClient]
	Subject string // the subject of GitHub's ID tokens; "" means [DefaultSubject]

	// FederatedSubject, FederatedIssuer and FederatedAudience are what the
	// application's federated credential expects. "" means: what GitHub's
	// tokens carry, and [DefaultAudience]. FederatedSubject "-" means that the
	// application has no federated credential at all.
	FederatedSubject  string
	FederatedIssuer   string
	FederatedAudience string

	// FederatedCredentials are all that the application has, instead of the one
	// that the three fields above describe and one for the cluster's tokens. Nil
	// means those, an empty list none.
	FederatedCredentials []FederatedCredential

	// OIDC is what the subject's repository is set to do about subjects; nil means
	// what Subject looks like.
	OIDC *OIDCSettings

	// ServiceAccount is NAMESPACE:NAME of the pod that gets tokens of the emulated
	// cluster; "" means [DefaultServiceAccount].
	ServiceAccount string

	// ManagedIdentity and TokenFile only matter for [Config.Env]: how a client is to
	// find its managed identity ("imds", "app-service", "arc"; "" sets nothing), and
	// the file that has a token of [Emulator.PodToken] ("" for none).
	ManagedIdentity string
	TokenFile       string

	// ArcKeyFile is the file that holds [ArcKey] for the clients of Azure Arc; ""
	// means [DefaultArcKeyFile].
	ArcKeyFile string

	IDTokenLife     time.Duration // GitHub's tokens; 0 means 5 minutes
	AccessTokenLife time.Duration // Entra's tokens; 0 means 1 hour

	Deployments []Deployment // nil means [DefaultDeployments]
	Rules       []Rule       // canned answers and refusals, the first that matches wins
	Comments    []Comment    // what stands on issues and pull requests at the start, the oldest first

	// Permissions are those that the token of GitHub's API has besides a job's
	// own, as X-Accepted-GitHub-Permissions writes them: "secrets=read".
	Permissions   []string
	Repositories  []Repository   // all others are empty
	Organizations []Organization // likewise

	Accounts []Account // in Azure; nil means [DefaultAccounts]

	// Delay is slept before each chunk of a streamed answer and before a whole
	// one, as a model would take its time. 0 means none.
	Delay time.Duration

	// RefuseEmbeddings makes /openai/v1/embeddings refuse tokens of Entra, as
	// Microsoft's documentation says that it does.
	RefuseEmbeddings bool

	// BatchTime is how long each state of a batch lasts, and how long an
	// uploaded file is pending; 0 means a second. BatchOldStyle makes batches look
	// as some do on the real service: a status with a capital letter, dates
	// instead of seconds, null instead of 0, "" instead of null.
	BatchTime     time.Duration
	BatchOldStyle bool

	// Chaos is the probability, from 0 to 1, with which a request to Azure OpenAI
	// that no fault of [Emulator.Fault] awaits meets a random one. The same Seed
	// makes the same faults, in the order in which the requests come.
	Chaos float64
	Seed  uint64

	// Record, if not nil, is called for each request to Azure OpenAI when it is
	// over, and for each line of a batch, never twice at the same time. It must
	// not call the emulator.
	Record func(Served)
}

// What the zero [Config] stands for.
const (
	DefaultTenant   = "11111111-2222-4333-8444-555555555555"
	DefaultClient   = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
	DefaultSubject  = "repo:octo-org/octo-repo:ref:refs/heads/main"
	DefaultAudience = "api://AzureADTokenExchange"

	// DefaultObjectID is the object id of the application's service principal, and
	// DefaultIdentity the resource id of the managed identity that is the same.
	DefaultObjectID = "bbbbbbbb-cccc-4ddd-8eee-ffffffffffff"
	DefaultIdentity = "/subscriptions/" + DefaultSubscription + "/resourceGroups/ai/providers/Microsoft.ManagedIdentity/userAssignedIdentities/keyless-emulator"
)

// An Emulator serves all the services at once, told apart by their paths. It is
// safe for concurrent use.
type Emulator struct {
	cfg    Config
	github *rsa.PrivateKey // signs GitHub's ID tokens
	entra  *rsa.PrivateKey // signs Entra's access tokens

	cluster func() (*rsa.PrivateKey, error) // signs a cluster's tokens; made when it is first asked for

	rules  []*canned
	faults faults
	quota  quota
	mux    *http.ServeMux

	access  access       // what the account's own settings let through
	revoked atomic.Int64 // tokens that were not asked for since then are not good: seconds since 1970, 0 for never

	tokens  sync.Map // of good access tokens, what [Emulator.verifyAccess] knows of them
	books   sync.Map // of codebooks by their format
	chaos   chaos
	ledger  ledger
	storage *http.ServeMux
	shelf   shelf

	allowance    allowance
	conversation conversation
}

// New makes an emulator with fresh signing keys.
func New(cfg Config) (*Emulator, error) {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		k, err := signingKey()
		if err != nil {
			return nil, err
		}
		keys[i] = k
	}
	return assemble(cfg, keys[0], keys[1]), nil
}

// assemble makes an emulator with these keys, which take longer to make than
// everything else.
func assemble(cfg Config, github, entra *rsa.PrivateKey) *Emulator {
	e := &Emulator{cfg: cfg.withDefaults(), github: github, entra: entra, cluster: sync.OnceValues(signingKey), mux: http.NewServeMux()}
	e.access = e.cfg.access()
	for _, r := range e.cfg.Rules {
		e.rules = append(e.rules, &canned{Rule: r})
	}
	e.routeGitHub()
	e.routeCluster()
	e.routeIdentity()
	e.routeCommandLine()
	e.routeEntra()
	e.routeOpenAI()
	e.routeAPI()
	e.routeStores()
	e.routeManagement()
	e.conversation.numbered(jobClaims(e.cfg.Subject)["repository"].(string)) // the number that GitHub's tokens tell
	for _, r := range e.cfg.Repositories {
		e.conversation.numbered(r.Name)
	}
	for _, c := range e.cfg.Comments {
		e.conversation.add(c)
	}
	return e
}

// ServeHTTP answers as the service that the request's path belongs to.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.mux.ServeHTTP(w, r) }

// origin is the scheme and authority under which the client reached r's server.
func origin(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// writeJSON answers with v. That writing fails means that the client has gone.
func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func (c Config) withDefaults() Config {
	set := func(s *string, def string) {
		if *s == "" {
			*s = def
		}
	}
	set(&c.Tenant, DefaultTenant)
	set(&c.Client, DefaultClient)
	set(&c.Subject, DefaultSubject)
	set(&c.FederatedSubject, c.Subject)
	set(&c.FederatedAudience, DefaultAudience)
	set(&c.ServiceAccount, DefaultServiceAccount)
	set(&c.ArcKeyFile, DefaultArcKeyFile)
	if c.FederatedCredentials == nil {
		c.FederatedCredentials = c.credentials()
	}
	c.Comments = slices.Clone(c.Comments)
	for i := range c.Comments {
		set(&c.Comments[i].Repo, jobClaims(c.Subject)["repository"].(string))
		set(&c.Comments[i].Author, viewer)
	}
	if c.IDTokenLife == 0 {
		c.IDTokenLife = 5 * time.Minute
	}
	if c.AccessTokenLife == 0 {
		c.AccessTokenLife = time.Hour
	}
	if c.BatchTime == 0 {
		c.BatchTime = time.Second
	}
	if c.Deployments == nil {
		c.Deployments = DefaultDeployments()
	}
	if c.Accounts == nil {
		c.Accounts = DefaultAccounts()
	}
	return c
}
