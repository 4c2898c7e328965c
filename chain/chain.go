// Package chain walks the chain that leads from a job to an answer of a model,
// link by link, and says of each whether it holds: the job's right to an ID token,
// that token, the tenant, the exchange, Entra's token, the endpoint, the role, the
// deployment and what it can do.
//
// A walk gathers evidence first and judges then. It gathers what it can: where a
// link is broken, those that don't hang on it are still looked at. A link that could
// not be looked at is [Unjudged] and says why.
//
// It spends at most one small request to the deployment, and with
// [Config.NoInference] none.
package chain

import (
	"context"
	"crypto/x509"
	"slices"
	"strings"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
	"github.com/keyless-inference/action/wire"
)

// A State is what a walk came to about a link.
type State string

// The states. The zero value is none of them.
const (
	Holds    State = "holds"
	Broken   State = "broken"
	Unjudged State = "unjudged" // it could not be looked at, or does not matter here
)

// A Fact is something that was seen on the way.
type Fact struct{ Name, Value string }

// A Link is one of the chain.
type Link struct {
	Name    string // such as "exchange": the same in every walk
	State   State
	Says    string        // in one line: what was found, or why it was not judged
	Facts   []Fact        // in the order in which to show them; no value is ""
	Refusal string        // of a broken link, what the service calls its refusal, such as AADSTS700213; "" where none refused
	Problem *wire.Problem // of a broken link, and of no other
}

// A Report is a walk.
type Report struct {
	Links []Link

	// Works is whether an inference call would work: one did, or, without
	// inference, the control plane shows that the deployment, what it can do and the
	// right to use it are there.
	Works bool
}

// Verdict says in one sentence, without a full stop, what the walk came to.
func (r Report) Verdict() string {
	if r.Works {
		return "an inference call would work"
	}
	var broken, unjudged []string
	for _, l := range r.Links {
		switch l.State {
		case Broken:
			broken = append(broken, l.Name)
		case Unjudged:
			unjudged = append(unjudged, l.Name)
		}
	}
	if broken == nil {
		return "whether an inference call would work could not be shown; not judged: " + strings.Join(unjudged, ", ")
	}
	return "an inference call would not work; broken: " + strings.Join(broken, ", ")
}

// Broken are the links that do not hold.
func (r Report) Broken() (all []Link) {
	for _, l := range r.Links {
		if l.State == Broken {
			all = append(all, l)
		}
	}
	return all
}

// Config says where the chain goes along. Identity, Scope and Client must be set.
type Config struct {
	Modes    []string       // who asks Entra for a token, see [oidc.ParseMode]
	Identity oidc.Config    // with IDToken, unless NoIDToken says why there is none
	Audience string         // that the ID token is to have
	Scope    string         // of the Entra token
	Job      []Fact         // what is known of the job: its event, its ref
	Account  account.Config // where the control plane is; Credential is set by the walk

	// NoIDToken is why the job can't have an ID token; nil where it can, or
	// needs none.
	NoIDToken error

	Around oidc.Surroundings // what else is known of the job

	// Registered is the subject of the federated credential as somebody sees it in
	// Azure; "" where it is not known.
	Registered string

	Subscription string            // to find the account in; "" looks in all that the identity sees
	Client       *inference.Client // for the one request; the walk sets Token and ResourceID
	Roots        *x509.CertPool    // whom to trust; nil: the system's
	Deployment   string            // "" leaves everything behind the endpoint unjudged

	// API is how the deployment is asked: chat, responses, completions or
	// embeddings. "" takes what the control plane says that it can, else chat.
	API string

	NoInference bool // spend nothing
}

// links are the chain, in the order in which it is walked.
var links = []struct {
	name  string
	judge func(*evidence) Link
}{
	{"permissions", (*evidence).permissions},
	{"id-token", (*evidence).idToken},
	{"tenant", (*evidence).tenant},
	{"exchange", (*evidence).exchange},
	{"token", (*evidence).token},
	{"endpoint", (*evidence).endpoint},
	{"control-plane", (*evidence).controlPlane},
	{"role", (*evidence).role},
	{"deployment", (*evidence).deployment},
	{"capability", (*evidence).capability},
	{"quota", (*evidence).quota},
}

// Walk walks the chain. Each of its requests has a deadline of its own; ctx ends
// them all. Of a walk that ctx has ended nothing should be believed.
func Walk(ctx context.Context, cfg Config) Report { return gather(ctx, cfg).judge() }

// needed are the links that must hold for a call to work. The others hold then, or
// don't matter.
var needed = []string{"endpoint", "role", "capability"}

// judge judges every link.
func (e *evidence) judge() Report {
	var report Report
	held := map[string]bool{}
	for _, l := range links {
		judged := l.judge(e)
		judged.Name = l.name
		held[l.name] = judged.State == Holds
		report.Links = append(report.Links, judged)
	}
	report.Works = len(report.Broken()) == 0 && !slices.ContainsFunc(needed, func(name string) bool { return !held[name] })
	return report
}

// holds, broken and unjudged make links.
func holds(says string, facts ...Fact) Link {
	link := Link{State: Holds, Says: says}
	for _, f := range facts {
		if f.Value != "" {
			f.Value = cut(f.Value)
			link.Facts = append(link.Facts, f)
		}
	}
	return link
}

// longest is how many bytes of a value are shown: a service may send any number.
const longest = 4000

func cut(value string) string {
	if len(value) <= longest {
		return value
	}
	return strings.ToValidUTF8(value[:longest], "") + "…"
}

func unjudged(why string, facts ...Fact) Link {
	link := holds(why, facts...)
	link.State = Unjudged
	return link
}
