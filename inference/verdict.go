package inference

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/keyless-inference/action/inference/pace"
	"github.com/keyless-inference/action/wire"
)

// verdict judges an answer that is whole: one that the filter stopped, that the
// model refused to give, or whose cap left no text is a failure.
func (e *errand) verdict(a *reply) error {
	switch {
	case a.finish == "content_filter":
		marked := slices.DeleteFunc(slices.Clone(a.verdicts), func(c Category) bool { return !c.Filtered && !c.Detected })
		return e.problem("the content filter stopped the answer", listCategories(marked)+kept(a.characters),
			"change the prompt, or the content filter of the deployment", nil)
	case a.refusal != "":
		return e.problem("the model refused to answer", fmt.Sprintf("it says %q", wire.Line(a.refusal, 500)), "change the prompt", nil)
	case a.finish == "length" && a.text.Len() == 0:
		return e.problem("the answer is empty", "the cap on its tokens was used up before the first word"+hidden(a.usage),
			"set a larger `max-completion-tokens`, or none, or a lower `reasoning-effort`", nil)
	}
	return nil
}

func kept(characters int) string {
	if characters == 0 {
		return ""
	}
	return fmt.Sprintf("; the %d characters before it are kept", characters)
}

func hidden(u Usage) string {
	if u.Reasoning == 0 {
		return "; reasoning models spend hidden tokens under it first"
	}
	return fmt.Sprintf(": %d of %d tokens went into hidden reasoning, and are billed", u.Reasoning, u.Completion)
}

// misfit is an answer that does not fit what was asked for.
func (t *question) misfit(wrong error) error {
	fix := "say in the prompt what is wanted, or loosen the schema"
	why := fmt.Sprintf("%v, also after asking for a repair", wrong)
	if t.answer.FinishReason == "length" {
		why = fmt.Sprintf("the cap on its tokens cut it off (%v)", wrong)
		fix = "set a larger `max-completion-tokens`, or none"
	}
	return t.problem("the answer does not fit the required format", why, fix, wrong)
}

// explainWait is told when the service's wait would outlast the timeout.
func (e *errand) explainWait(w *wire.WaitError) error {
	why := wire.Line(w.Err.Error(), 1000)
	fix := fmt.Sprintf("raise `timeout` (now %s), or try again later; %s", e.c.timeout(), moreQuota)
	var service *ServiceError
	if errors.As(w.Err, &service) && w.Wait >= time.Hour {
		fix = "a wait this long mostly means that the request alone exceeds the deployment's tokens per minute: shorten it, set a smaller `max-completion-tokens`, or raise the capacity: https://aka.ms/oai/quotaincrease"
	}
	if service != nil && (service.Code == "no_capacity" || service.Type == "no_capacity") {
		fix = "set a smaller `max-completion-tokens` or shorten the prompt: this is about the size of the request, not about your quota"
	}
	wait := w.Wait
	var passing *wire.Passing
	if errors.As(w.Err, &passing) && passing.Wait > 0 {
		wait = passing.Wait // as the service said it, without what the loop adds
	}
	return e.problem(fmt.Sprintf("the next attempt would have to wait %s, but only %s of the timeout are left (%d made)",
		wait.Round(time.Second), w.Left.Round(time.Second), e.tries), why, fix, w)
}

// arrived says what is kept of an answer that is not whole; "" when there is
// nothing.
func (e *errand) arrived() string {
	if e.kept == nil {
		return ""
	}
	return e.kept()
}

// explainTimeout is told when the whole call took too long.
func (e *errand) explainTimeout(err error) error {
	why := fmt.Sprintf("requests sent: %d", e.sent)
	var service *ServiceError
	if e.sent == 0 {
		return e.problem(fmt.Sprintf("nothing could be asked within the timeout of %s", e.c.timeout()),
			"the time went into getting an Entra token; the log above says what stood in the way",
			"see to that, or raise `timeout`", err)
	}
	if errors.As(err, &service) {
		why += "; the last failure was " + service.Error()
	} else if kept := e.arrived(); kept != "" {
		why += "; " + kept
	}
	return e.problem(fmt.Sprintf("no answer within the timeout of %s", e.c.timeout()), why,
		"raise `timeout`, or ask for less: a shorter prompt, a lower `reasoning-effort`", err)
}

// stopped is told when the caller's context ended: somebody stopped the program,
// or ran out of patience.
func (e *errand) stopped(caller context.Context) error {
	words := ""
	if kept := e.arrived(); kept != "" {
		words = " (" + kept + ")"
	}
	return fmt.Errorf("%s: stopped before the answer was complete%s: %w", e.doing, words, context.Cause(caller))
}

// explainRest is told of faults of the network and of answers that are none.
func (e *errand) explainRest(err error) error {
	if large := (*pace.TooLargeError)(nil); errors.As(err, &large) {
		return e.problem("the request alone is more than the limit that was set", large.Error(),
			"shorten it, set a smaller `max-completion-tokens`, or raise `tokens-per-minute`", err)
	}
	what, fix := "no answer", "check the spelling of `endpoint`, and that this machine reaches it (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, firewall)"
	if errors.As(err, new(*unreadable)) {
		what, fix = "no usable answer", "check that `endpoint` is the address of an Azure OpenAI resource, or of a gateway in front of one"
	}
	if e.tries > 1 {
		what += fmt.Sprintf(" after %d attempts", e.tries)
	}
	why := wire.Line(err.Error(), 1000)
	if kept := e.arrived(); kept != "" {
		why += "; " + kept
	}
	return e.problem(what, why, fix, err)
}
