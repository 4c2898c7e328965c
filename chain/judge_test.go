package chain

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/account"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/oidc"
)

// seen is evidence of a chain that holds as far as to the request.
func seen(change ...func(*evidence)) *evidence {
	e := &evidence{
		cfg:      Config{Modes: []string{oidc.GitHubOIDC}, Deployment: "gpt", Client: &inference.Client{Endpoint: "https://contoso.openai.azure.com"}},
		planeErr: errNoAccount, asked: inference.Chat,
		probe: inference.Probe{Model: "gpt-4o"},
	}
	e.probe.Quota.RemainingTokens, e.probe.Quota.RemainingRequests = -1, -1
	for _, f := range change {
		f(e)
	}
	return e
}

// refusedWith lets the request meet a refusal.
func refusedWith(status int, code string) func(*evidence) {
	return func(e *evidence) { e.askErr = &inference.ServiceError{Status: status, Code: code} }
}

// free spends nothing.
func free(e *evidence) { e.cfg.NoInference = true }

// shown lets the control plane show a deployment, and a role that allows all.
func shown(d account.Deployment) func(*evidence) {
	return func(e *evidence) {
		e.planeErr = nil
		e.plane = plane{deployments: []account.Deployment{d}, roles: []account.Role{{Rights: []account.Rights{{DataActions: []string{"*"}}}}}}
	}
}

func chatting() account.Deployment {
	return account.Deployment{Name: "gpt", State: "Succeeded", SKU: "GlobalStandard", Capabilities: account.Capabilities{"chatCompletion": "true"}}
}

// What can't be judged is not judged: neither as sound, nor as broken.
func TestJudges(t *testing.T) {
	t.Parallel()
	changed := func(change func(*account.Deployment)) func(*evidence) {
		d := chatting()
		change(&d)
		return shown(d)
	}
	for name, tt := range map[string]struct {
		e    *evidence
		want map[string]State
	}{
		"an answer":                    {seen(), map[string]State{"endpoint": Holds, "role": Holds, "deployment": Holds, "capability": Holds, "quota": Unjudged}},
		"an answer, and nothing left":  {seen(func(e *evidence) { e.probe.Quota.RemainingTokens = 0 }), map[string]State{"quota": Holds}},
		"the service fails":            {seen(refusedWith(503, "")), map[string]State{"role": Unjudged, "deployment": Unjudged, "capability": Broken}},
		"it takes too long":            {seen(refusedWith(408, "")), map[string]State{"role": Unjudged, "deployment": Unjudged, "capability": Broken}},
		"the model refuses":            {seen(refusedWith(400, "")), map[string]State{"role": Holds, "deployment": Holds, "capability": Broken}},
		"no quota":                     {seen(refusedWith(429, "")), map[string]State{"role": Holds, "deployment": Holds, "capability": Unjudged, "quota": Broken}},
		"no role":                      {seen(refusedWith(401, "PermissionDenied")), map[string]State{"role": Broken, "deployment": Unjudged}},
		"no deployment":                {seen(refusedWith(404, "DeploymentNotFound")), map[string]State{"role": Unjudged, "deployment": Broken}},
		"free":                         {seen(free, shown(chatting())), map[string]State{"endpoint": Holds, "role": Holds, "deployment": Holds, "capability": Holds, "quota": Unjudged}},
		"free, no control plane":       {seen(free), map[string]State{"role": Unjudged, "deployment": Unjudged, "capability": Unjudged}},
		"free, no list of models":      {seen(free, shown(chatting()), refusedWith(404, "")), map[string]State{"endpoint": Holds, "capability": Holds}},
		"free, no right to that list":  {seen(free, shown(chatting()), refusedWith(401, "PermissionDenied")), map[string]State{"role": Holds, "token": Holds}},
		"free, the service fails":      {seen(free, shown(chatting()), refusedWith(503, "")), map[string]State{"endpoint": Broken, "deployment": Holds}},
		"free, not there":              {seen(free, changed(func(d *account.Deployment) { d.Name = "gpt2" })), map[string]State{"deployment": Broken}},
		"free, being made":             {seen(free, changed(func(d *account.Deployment) { d.State = "Creating" })), map[string]State{"deployment": Broken}},
		"free, for batches":            {seen(free, changed(func(d *account.Deployment) { d.SKU = "DataZoneBatch" })), map[string]State{"deployment": Broken}},
		"free, retired":                {seen(free, changed(func(d *account.Deployment) { d.Retires = time.Now().Add(-time.Hour) })), map[string]State{"deployment": Broken}},
		"free, retires soon":           {seen(free, changed(func(d *account.Deployment) { d.Retires = time.Now().Add(time.Hour) })), map[string]State{"deployment": Holds}},
		"free, for embeddings":         {seen(free, changed(func(d *account.Deployment) { d.Capabilities = account.Capabilities{"embeddings": "true"} }), func(e *evidence) { e.cfg.API = inference.Chat }), map[string]State{"capability": Broken}},
		"free, roles are not shown":    {seen(free, shown(chatting()), func(e *evidence) { e.plane.rolesErr = errNotAsked }), map[string]State{"role": Unjudged, "capability": Holds}},
		"free, no role":                {seen(free, shown(chatting()), func(e *evidence) { e.plane.roles = nil }), map[string]State{"role": Broken}},
		"knocked":                      {seen(func(e *evidence) { e.knocked, e.askErr, e.tokenErr = true, errNotAsked, errNotAsked }), map[string]State{"endpoint": Holds}},
		"free, no deployment is named": {seen(free, shown(chatting()), func(e *evidence) { e.cfg.Deployment = "" }), map[string]State{"deployment": Unjudged}},
		"a proxy, and no token":        {seen(func(e *evidence) { e.reached.proxy, e.askErr, e.tokenErr = "proxy:3128", errNotAsked, errNotAsked }), map[string]State{"endpoint": Unjudged}},
		"a tenant that is not told of": {seen(func(e *evidence) { e.cfg.Identity.Tenant, e.tenantErr = "contoso.com", errors.New("HTTP 403") }), map[string]State{"tenant": Unjudged, "exchange": Holds}},
		"another way of a chain":       {seen(func(e *evidence) { e.cfg.NoIDToken, e.idErr = oidc.ErrNoIdentity, oidc.ErrNoIdentity }), map[string]State{"permissions": Unjudged, "id-token": Unjudged, "exchange": Holds}},
		"no ID token, and no other way": {seen(func(e *evidence) {
			e.cfg.NoIDToken, e.idErr, e.tokenErr = oidc.ErrNoIdentity, oidc.ErrNoIdentity, errNotAsked
		}), map[string]State{"permissions": Broken, "id-token": Unjudged, "exchange": Unjudged}},
		"a role that is not known there": {seen(shown(chatting()), refusedWith(401, "PermissionDenied")), map[string]State{"role": Broken}},
	} {
		for _, l := range links {
			want, asked := tt.want[l.name]
			got := l.judge(tt.e)
			if asked && got.State != want {
				t.Errorf("%s: %s is %s (%s), want %s", name, l.name, got.State, got.Says, want)
			}
			if (got.State == Broken) != (got.Problem != nil) || got.Says == "" {
				t.Errorf("%s: %s: %+v", name, l.name, got)
			}
		}
		works := []string{"an answer", "an answer, and nothing left", "free", "free, no list of models", "free, no right to that list", "free, retires soon", "a tenant that is not told of", "another way of a chain"}
		if got := tt.e.judge(); got.Works != slices.Contains(works, name) {
			t.Errorf("%s: it works: %v, by %s", name, got.Works, got.Verdict())
		}
	}
}

// What the control plane shows is no refusal by a service that nobody asked.
func TestForetoldIsNoRefusal(t *testing.T) {
	t.Parallel()
	link := seen(free, shown(chatting()), func(e *evidence) { e.cfg.Deployment = "gtp" }).deployment()
	if link.Refusal != "" || strings.Contains(link.Problem.What, "HTTP") || !strings.Contains(link.Problem.What, "there is no deployment gtp") {
		t.Errorf("%+v: %v", link, link.Problem)
	}
	if got := link.Facts[len(link.Facts)-1]; got != (Fact{"nearest", "gpt"}) {
		t.Errorf("%v", got)
	}
}

// What a link says is as important as whether it holds.
func TestSays(t *testing.T) {
	t.Parallel()
	for words, link := range map[string]Link{
		"it lets this machine in, and wants a token": seen(func(e *evidence) { e.knocked, e.askErr = true, errNotAsked }).endpoint(),
		"for now nothing is left":                    seen(func(e *evidence) { e.probe.Quota.RemainingTokens = 0 }).quota(),
		"there is room":                              seen(func(e *evidence) { e.probe.Quota.RemainingTokens, e.probe.Quota.LimitTokens = 5, 10 }).quota(),
		"which is no fault: HTTP":                    seen(func(e *evidence) { e.planeErr = errors.New("HTTP 503") }).controlPlane(),
	} {
		if !strings.Contains(link.Says, words) {
			t.Errorf("%q, want %q", link.Says, words)
		}
	}
	early := seen(shown(chatting()), refusedWith(401, "PermissionDenied")).role()
	if !strings.HasPrefix(early.Problem.Fix, "wait some minutes") {
		t.Error(early.Problem)
	}
}

// A managed identity goes through no tenant that an input names.
func TestNoTenant(t *testing.T) {
	t.Parallel()
	unknown := &oidc.Refusal{Status: 400, Code: 90002}
	for mode, want := range map[string]bool{oidc.GitHubOIDC: true, oidc.WorkloadIdentity: true, oidc.ManagedIdentity: false, oidc.AzureCLI: false} {
		e := &evidence{cfg: Config{Modes: []string{mode}}, tenantErr: unknown}
		if e.noTenant() != want {
			t.Errorf("%s: %v", mode, !want)
		}
	}
}
