package oidc

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/keyless-inference/action/wire"
)

// problem tells a person how an exchange failed. assertion is what the last attempt
// sent.
func (x *federation) problem(err error, assertion string, attempts int) error {
	host := x.authority.Host
	var refusal *Refusal
	var local *localError
	switch {
	case errors.As(err, &refusal):
		return x.refusalProblem(err, refusal, x.facts(assertion), attempts)
	case errors.Is(err, errUnusable):
		return &wire.Problem{
			What: fmt.Sprintf("%s: %s answered without a usable token%s", x.doing, host, after(attempts)),
			Why:  err.Error(),
			Fix:  "run the job again; if a proxy stands between the runner and Entra, see that it does not change answers",
			Page: pageFlow,
			Err:  err,
		}
	case errors.As(err, &local):
		return &wire.Problem{
			What: x.doing + ": the request could not be made",
			Why:  oneLine(err.Error()),
			Fix:  "if AZURE_REGIONAL_AUTHORITY_NAME or MSAL_FORCE_REGION is set, unset it: a value that is no region's name stops the exchange",
			Page: pageFlow,
			Err:  err,
		}
	}
	return &wire.Problem{
		What: fmt.Sprintf("%s: no answer from %s%s", x.doing, host, after(attempts)),
		Why:  oneLine(err.Error()),
		Fix:  "see that the runner reaches " + x.authority.String() + " (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, firewall), then run the job again",
		Page: pageClouds,
		Err:  err,
	}
}

// refusalProblem fills the explanation of r's code with the facts. Entra's own
// words follow the explanation, since they may know more.
func (x *federation) refusalProblem(err error, r *Refusal, f facts, attempts int) error {
	e := explanationOf(r)
	fill := f.replacer(r)
	p := &wire.Problem{
		What: fmt.Sprintf("%s: %s%s: %s", x.doing, r.label(), after(attempts), fill.Replace(e.what)),
		Why:  fill.Replace(e.why),
		Fix:  fill.Replace(e.fix),
		Code: e.problem(fill).Code,
		Page: e.page,
		Err:  err,
	}
	if !strings.Contains(e.why, "{received}") {
		p.Why = join(p.Why, fill.Replace("{received}"))
	}
	if wait := (*wire.WaitError)(nil); errors.As(err, &wait) {
		p.Why = join(p.Why, fmt.Sprintf("Entra asks to wait %s, longer than the exchange may take.", wait.Wait.Round(time.Second)))
	}
	if r.Description != "" {
		p.Why = join(p.Why, "Entra's words: "+r.Description)
	}
	if !strings.Contains(r.Description, r.TraceID) || !strings.Contains(r.Description, r.CorrelationID) {
		p.Why = join(p.Why, fmt.Sprintf("trace id %s, correlation id %s", cmp.Or(r.TraceID, "(none)"), cmp.Or(r.CorrelationID, "(none)")))
	}
	return p
}

func join(text, line string) string {
	if text == "" {
		return line
	}
	return text + "\n" + line
}
