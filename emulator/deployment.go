package emulator

import (
	"slices"
	"time"
)

// A Deployment is a model under the name that requests ask for.
type Deployment struct {
	Name    string // what requests call it; compared byte for byte
	Model   string // the model underneath, which chat answers name
	Version string // the model's version, which follows its name; "" means none
	Kind    Kind   // what it can do; "" means [Chat]
	SKU     string // "GlobalBatch" and "DataZoneBatch" serve batches alone, all others live requests alone

	// TPM and RPM are the tokens and the requests that it admits in a minute,
	// from buckets that are full at first. 0 means no limit.
	TPM, RPM int

	// Window "minute" makes the buckets full again once a minute, counted from
	// the first request, and leaves them alone in between; "" and "bucket" fill
	// them evenly. RPMWindow is the same for the requests alone, in seconds: 10
	// admits a sixth of RPM, rounded up, every 10 s. 0 follows Window.
	Window    string
	RPMWindow int `yaml:"rpm-window"`

	// Headers says what the rate limit headers are worth: "" tells the truth,
	// "none" sends none and no Retry-After, "negative" has -1 in all of them and no
	// Retry-After, "low" quotes what remains at a hundredth of it.
	Headers string

	// Latency is how long it thinks before an answer begins, whole or streamed;
	// refusals and batches come without it. 0 means not at all.
	Latency time.Duration

	// Context is how many input tokens it takes, for embeddings each input; 0
	// means no limit, and for embeddings 8,192.
	Context int
	Efforts []string // the reasoning efforts that it knows; nil means minimal to high

	// OldWording refuses a text that is too long to be embedded in the words of
	// the years before 2025, which do not say which text.
	OldWording bool `yaml:"old-wording"`

	// Enqueued is how many tokens the requests of one batch may take; 0 means no
	// limit.
	Enqueued int
}

// A Kind says which operations a deployment answers and by which rules.
type Kind string

// The kinds of deployment. An operation refuses the kinds that it does not work
// with as the real service does.
const (
	Chat          Kind = "chat"        // chat completions and Responses
	Reasoning     Kind = "reasoning"   // the same, with reasoning tokens and stricter parameters
	ResponsesOnly Kind = "responses"   // a reasoning model that only Responses serves
	Completions   Kind = "completions" // legacy completions only
	Embeddings    Kind = "embeddings"  // vectors, and no text at all
)

// DefaultDeployments is at least one deployment of each kind, without rate
// limits, nearly each under its model's own name:
//
//	gpt-4o-mini, gpt-4o     chat
//	gpt-5-mini              reasoning
//	gpt-5-codex             Responses only
//	gpt-35-turbo-instruct   legacy completions only
//	text-embedding-3-small  embeddings, as are text-embedding-3-large and text-embedding-ada-002
//	gpt-4o-mini-batch       gpt-4o-mini in batches
func DefaultDeployments() []Deployment {
	return []Deployment{
		{Name: "gpt-4o-mini", Model: "gpt-4o-mini", Version: "2024-07-18", Context: 128_000},
		{Name: "gpt-4o", Model: "gpt-4o", Version: "2024-11-20", Context: 128_000},
		{Name: "gpt-5-mini", Model: "gpt-5-mini", Version: "2025-08-07", Kind: Reasoning, Context: 272_000},
		{
			Name: "gpt-5-codex", Model: "gpt-5-codex", Version: "2025-09-15", Kind: ResponsesOnly, Context: 272_000,
			Efforts: []string{"low", "medium", "high"},
		},
		{Name: "gpt-35-turbo-instruct", Model: "gpt-35-turbo-instruct", Version: "0914", Kind: Completions, Context: 4_097},
		{Name: "text-embedding-3-small", Model: "text-embedding-3-small", Version: "1", Kind: Embeddings},
		{Name: "text-embedding-3-large", Model: "text-embedding-3-large", Version: "1", Kind: Embeddings},
		{Name: "text-embedding-ada-002", Model: "text-embedding-ada-002", Version: "2", Kind: Embeddings},
		{Name: "gpt-4o-mini-batch", Model: "gpt-4o-mini", Version: "2024-07-18", SKU: "GlobalBatch", Context: 128_000},
	}
}

// deployment finds a deployment by its name.
func (e *Emulator) deployment(name string) (Deployment, bool) {
	i := slices.IndexFunc(e.cfg.Deployments, func(d Deployment) bool { return d.Name == name })
	if i < 0 {
		return Deployment{}, false
	}
	return e.cfg.Deployments[i], true
}

// served is the model and version as a chat answer names them.
func (d Deployment) served() string {
	if d.Version == "" {
		return d.Model
	}
	return d.Model + "-" + d.Version
}

func (d Deployment) kind() Kind {
	if d.Kind == "" {
		return Chat
	}
	return d.Kind
}

// batch reports whether the deployment serves batches.
func (d Deployment) batch() bool { return d.SKU == "GlobalBatch" || d.SKU == "DataZoneBatch" }

// reasons reports whether the model thinks, unseen and billed, before it writes.
func (d Deployment) reasons() bool { return d.Kind == Reasoning || d.Kind == ResponsesOnly }

func (d Deployment) efforts() []string {
	if d.Efforts == nil {
		return []string{"minimal", "low", "medium", "high"}
	}
	return d.Efforts
}

// skus are the types of deployment.
var skus = []string{
	"Standard", "GlobalStandard", "DataZoneStandard", "GlobalBatch", "DataZoneBatch",
	"ProvisionedManaged", "GlobalProvisionedManaged", "DataZoneProvisionedManaged",
}
