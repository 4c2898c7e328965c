package oidc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// The modes: who asks Entra for a token. See the package's comment for what each of
// them needs.
const (
	GitHubOIDC        = "github-oidc"
	AzureCLI          = "azure-cli"
	AzureDeveloperCLI = "azure-developer-cli"
	ManagedIdentity   = "managed-identity"
	WorkloadIdentity  = "workload-identity"
	Default           = "default"
)

// chained begins a mode that is several others, in the order in which to try them.
const chained = "chain:"

// An origin is where a mode has its tokens from.
type origin struct {
	doing string // a gerund and its object, which errors begin with

	// get buys one new token. passing says whether a failure may go away by itself.
	get func(ctx context.Context, opts policy.TokenRequestOptions) (token azcore.AccessToken, passing bool, err error)
}

// modes are all but the chain. Opening one sends nothing; it fails where
// something is missing in the [Config] that the mode can't do without.
var modes = []struct {
	name string
	open func(Config) (origin, error)
}{
	{GitHubOIDC, openGitHub},
	{AzureCLI, azureCLI.open},
	{AzureDeveloperCLI, azureDeveloperCLI.open},
	{ManagedIdentity, openManagedIdentity},
	{WorkloadIdentity, openWorkloadIdentity},
	{Default, openDefault},
}

// Modes are the names of all modes, for help and messages. A chain of some of them
// is a mode as well: "chain: azure-cli, managed-identity".
func Modes() []string {
	names := make([]string, len(modes))
	for i, m := range modes {
		names[i] = m.name
	}
	return names
}

// ParseMode returns the modes that s names, in the order in which to try them: one,
// or for "chain: a, b" each link. Letter case and blanks do not count. "" is
// [GitHubOIDC]. Every mistake is told, with the names that come near.
func ParseMode(s string) ([]string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	list, isChain := strings.CutPrefix(s, chained)
	if s == "" {
		return []string{GitHubOIDC}, nil
	}
	if !isChain {
		return []string{s}, checkMode(s)
	}
	var names []string
	var mistakes []error
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		if slices.Contains(names, name) {
			mistakes = append(mistakes, fmt.Errorf("the chain has %q twice", name))
		} else {
			mistakes = append(mistakes, checkMode(name))
		}
		names = append(names, name)
	}
	return names, errors.Join(mistakes...)
}

func checkMode(name string) error {
	switch {
	case slices.Contains(Modes(), name):
		return nil
	case name == "":
		return errors.New("a mode is missing: a chain is written as \"chain: azure-cli, managed-identity\"")
	case strings.Contains(name, ","):
		return fmt.Errorf("%.100q has several modes: a list of them begins with %q", name, chained)
	}
	return fmt.Errorf("there is no mode %.100q; %s", name, nearModes(name))
}

// nearModes says which modes somebody may have meant. It counts the pairs of letters
// that a name shares, so that parts of names, those of the SDK's types, and slips of
// the finger come near alike.
func nearModes(name string) string {
	pairs := pairsOf(name)
	var near []string
	for _, m := range Modes() {
		shared := 0
		for pair := range pairsOf(m) {
			if pairs[pair] {
				shared++
			}
		}
		if shared > 0 && 2*shared >= min(len(pairs), len(pairsOf(m))) {
			near = append(near, m)
		}
	}
	if len(near) > 0 {
		return "did you mean " + strings.Join(near, " or ") + "?"
	}
	return "there are " + strings.Join(Modes(), ", ") + ", and \"chain: \" with some of them"
}

// pairsOf are the pairs of neighbours among the letters of s.
func pairsOf(s string) map[[2]rune]bool {
	var letters []rune
	for _, r := range strings.ToLower(s) {
		if unicode.IsLetter(r) {
			letters = append(letters, r)
		}
	}
	pairs := map[[2]rune]bool{}
	for i := 1; i < len(letters); i++ {
		pairs[[2]rune{letters[i-1], letters[i]}] = true
	}
	return pairs
}

// open opens the modes with these names: one alone, or several as a chain.
func open(cfg Config, names []string) (origin, error) {
	opened := make([]link, 0, len(names))
	var mistakes []error
	for _, name := range names {
		for _, m := range modes {
			if m.name == name {
				o, err := m.open(cfg)
				opened = append(opened, link{name, o, err})
				mistakes = append(mistakes, err)
			}
		}
	}
	if len(opened) == 1 {
		return opened[0].origin, mistakes[0]
	}
	return openChain(cfg, opened)
}
