package oidc

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/keyless-inference/action/wire"
)

// Catalogue is every refusal that is known: Entra's, by their codes, those of
// GitHub's token service, whose names begin with its own, and what keeps the other
// modes from a token, under the mode's name. A line of Says is one wording. In place
// of somebody's values are words in angle brackets.
func Catalogue() (all []wire.Entry) {
	fill := unfilled()
	for _, x := range explanations {
		e := wire.Entry{Problem: x.problem(fill)}
		for _, s := range x.says {
			e.Names = append(e.Names, fmt.Sprintf("AADSTS%d", s.code))
			e.Says = join(e.Says, fmt.Sprintf("AADSTS%d: %s", s.code, s.words))
		}
		all = append(all, e)
	}
	for _, g := range general {
		all = append(all, wire.Entry{Names: []string{g.name}, Problem: g.problem(fill)})
	}
	return append(append(all, githubEntries()...), modeEntries()...)
}

// problem is what x tells, with the placeholders filled.
func (x explanation) problem(fill *strings.Replacer) wire.Problem {
	return wire.Problem{What: fill.Replace(x.what), Why: fill.Replace(x.why), Fix: fill.Replace(x.fix), Code: strings.TrimRight(fill.Replace(x.declared), "\n"), Page: x.page}
}

// unfilled puts words in angle brackets wherever [facts.values] puts a value.
func unfilled() *strings.Replacer {
	f := facts{
		tenant: "<tenant-id>", client: "<client-id>", authority: "<authority>", decoded: true,
		claims: wire.Claims{Issuer: "<issuer>", Subject: "<subject>", Audience: []string{"<audience>"}},
	}
	public := f
	public.authority = clouds[0].Authority
	values := append([]string{ // of two of the same name the first counts
		"{createforcloud}", public.forCloud().create(),
		"{credentialforcloud}", public.credentialForCloud(),
		"{cloudaudience}", strconv.Quote(clouds[0].Audience),
	}, f.values(&Refusal{})...)
	for i := range values {
		values[i] = strings.NewReplacer(f.name(), "<name>", public.forCloud().name(), "<name>").Replace(values[i])
	}
	return strings.NewReplacer(append([]string{
		"{hint}", kindsOfSubjects,
		"{times}", "GitHub's token is valid from <time> to <time>, and this machine's clock says <time>.",
		"{code}", "<code>",
	}, values...)...)
}

const kindsOfSubjects = "A job that names an environment, one for a pull request, one on a branch and one on a tag have subjects of different forms; " +
	"and repositories created, renamed or transferred after 2026-07-15 have the numbers of owner and repository in theirs."

// githubs are the refusals of GitHub's token service, and what else keeps a job
// from having a token.
var githubs = []struct {
	name, says string
	err        func(*GitHub) error
}{
	{"GitHub: no permission", "", func(*GitHub) error { return NoIdentity(Job{Actions: true}) }},
	{"GitHub: a pull request from a fork", "", func(*GitHub) error {
		return NoIdentity(Job{Actions: true, Event: "pull_request", Fork: true})
	}},
	{"GitHub: Dependabot", "", func(*GitHub) error {
		return NoIdentity(Job{Actions: true, Event: "pull_request", Actor: "dependabot[bot]"})
	}},
	{"GitHub: act", "", func(*GitHub) error { return NoIdentity(Job{Act: true, Actions: true}) }},
	{"GitHub: no job", "", func(*GitHub) error { return NoIdentity(Job{}) }},
	{"GitHub: HTTP 3xx", "", refusedByGitHub(http.StatusTemporaryRedirect, "", false)},
	{"GitHub: HTTP 401", "", refusedByGitHub(http.StatusUnauthorized, "<the service's words>", false)},
	{"GitHub: HTTP 403, too early", notYet + " '<status>' state", refusedByGitHub(http.StatusForbidden, notYet+" '<status>' state", true)},
	{"GitHub: HTTP 403", "", refusedByGitHub(http.StatusForbidden, "<the service's words>", false)},
	{"GitHub: HTTP 429 and 5xx", "", refusedByGitHub(http.StatusServiceUnavailable, "<the service's words>", true)},
	{"GitHub: no token in the answer", "", func(g *GitHub) error {
		_, err := g.read([]byte("{}"))
		return g.problem(tokenService, 1, err)
	}},
	{"GitHub: no answer", "", func(g *GitHub) error {
		return g.problem(tokenService, githubAttempts, errors.New("<the network's words>"))
	}},
}

// tokenService stands for the address that the runner names.
var tokenService = &url.URL{Scheme: "https", Host: "<host>"}

func refusedByGitHub(status int, text string, passing bool) func(*GitHub) error {
	return func(g *GitHub) error {
		return g.problem(tokenService, 1, &statusError{status: status, text: text, passing: passing})
	}
}

func githubEntries() (all []wire.Entry) {
	for _, r := range githubs {
		e := wire.Entry{Names: []string{r.name}, Says: r.says}
		if p, ok := r.err(&GitHub{}).(*wire.Problem); ok {
			e.Problem = *p
		}
		all = append(all, e)
	}
	return all
}

// modeEntries are what the modes besides GitHub's tell of, and that of the
// environment variable which only one of them reads.
func modeEntries() (all []wire.Entry) {
	add := func(mode, says string, err error) {
		if p, ok := errors.AsType[*wire.Problem](err); ok {
			all = append(all, wire.Entry{Names: []string{mode}, Says: says, Problem: *p})
		}
	}
	for _, t := range []struct {
		mode string
		tool
	}{{AzureCLI, azureCLI}, {AzureDeveloperCLI, azureDeveloperCLI}} {
		fill := t.fill(Config{Tenant: "<tenant-id>", Authority: clouds[0].Authority}, policy.TokenRequestOptions{Scopes: []string{"<scope>"}}, "<the tool's words>")
		for _, x := range toolExplanations {
			says := ""
			if x.applies(t.tool, mishap{words: t.unknown}) && !x.applies(t.tool, mishap{}) {
				says = t.unknown
			}
			add(t.mode, says, x.problem(t.tool, fill))
		}
	}
	fill := (&machine{id: azidentity.ClientID("<client-id>")}).fill("<host>", "<status>")
	for _, x := range machineExplanations {
		add(ManagedIdentity, "", x.problem(fill))
	}
	add(WorkloadIdentity, "", noTokenFile())
	for _, err := range []error{fs.ErrNotExist, fs.ErrPermission, errors.New("<what is wrong with it>")} {
		add(WorkloadIdentity, "", tokenFile("<file>").problem(err))
	}
	add(Default, "", checkSelection(func(string) string { return "<value>" }))
	add(Default, "", (&sdkChain{cfg: Config{Authority: clouds[0].Authority}}).problem(&chainError{lines: []string{"<what each link says>"}}, &round{}, 1))
	return all
}
