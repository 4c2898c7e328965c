package emulator

import "time"

// A Repository is what GitHub has of one, besides its comments.
type Repository struct {
	Name     string `yaml:"name"` // OWNER/NAME
	Archived bool   `yaml:"archived"`
	Fork     bool   `yaml:"fork"`

	Secrets           []string          `yaml:"secrets"` // names
	DependabotSecrets []string          `yaml:"dependabot-secrets"`
	CodespacesSecrets []string          `yaml:"codespaces-secrets"`
	Variables         map[string]string `yaml:"variables"`
	Environments      []Environment     `yaml:"environments"`

	Files map[string]string `yaml:"files"` // what the archive of its one branch holds, by path
}

// An Environment is one that a repository deploys to.
type Environment struct {
	Name      string            `yaml:"name"`
	Secrets   []string          `yaml:"secrets"`
	Variables map[string]string `yaml:"variables"`
}

// An Organization is what one has that all its repositories may read.
type Organization struct {
	Name              string            `yaml:"name"` // its login
	Secrets           []string          `yaml:"secrets"`
	DependabotSecrets []string          `yaml:"dependabot-secrets"`
	CodespacesSecrets []string          `yaml:"codespaces-secrets"`
	Variables         map[string]string `yaml:"variables"`
}

// An Account is a resource of Azure Cognitive Services as Azure Resource Manager
// shows it. The first one at the emulator's own address is what the Azure OpenAI
// half belongs to: it has its deployments, and its network, its subdomain and its
// roles decide who is served there.
type Account struct {
	Name         string `yaml:"name"`
	Subscription string `yaml:"subscription"` // "" means [DefaultSubscription]
	Group        string `yaml:"group"`        // its resource group; "" means "ai"
	Kind         string `yaml:"kind"`         // "" means OpenAI
	Subdomain    string `yaml:"subdomain"`    // "" means that it has no name of its own
	Endpoint     string `yaml:"endpoint"`     // "" means this emulator's own address

	DisableLocalAuth *bool `yaml:"disable-local-auth"` // nil leaves the property out, as on an account that nobody has changed

	PublicNetworkAccess string       `yaml:"public-network-access"` // Enabled or Disabled; "" means Enabled
	NetworkACLs         *NetworkACLs `yaml:"network-acls"`          // nil leaves the property out

	Roles      []RoleAssignment `yaml:"roles"` // of the one application
	KeysListed []KeysListed     `yaml:"keys-listed"`
}

// A RoleAssignment gives the application one of [roles].
type RoleAssignment struct {
	Role string `yaml:"role"` // its name, such as Reader

	// Scope is where it holds: "account", "group", "subscription", or a path; ""
	// means the account.
	Scope string `yaml:"scope"`
}

// KeysListed is an entry of the activity log: somebody listed the keys.
type KeysListed struct {
	Days   int    `yaml:"days"`   // how long ago
	Caller string `yaml:"caller"` // a person's address or an application's object id
}

// DefaultSubscription is the subscription of accounts that name none.
const DefaultSubscription = "99999999-8888-4777-8666-555555555555"

// DefaultAccounts is one account as it should be: it takes no keys, and the
// application may use it and nothing else.
func DefaultAccounts() []Account {
	off := true
	return []Account{{
		Name: "keyless-emulator", Subdomain: "keyless-emulator", DisableLocalAuth: &off,
		Roles: []RoleAssignment{{Role: "Cognitive Services OpenAI User"}},
	}}
}

// storedAt is when everything was stored that GitHub tells the date of.
var storedAt = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
