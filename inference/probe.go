package inference

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/keyless-inference/action/inference/pace"
	"github.com/keyless-inference/action/wire"
)

// probeCap is the most tokens that the answer to a probe may have: the least that
// the Responses API lets a cap be.
const probeCap = 16

// probeWord is all that a probe asks.
const probeWord = "Hi"

// A ProbeRequest names what [Client.Probe] tries.
type ProbeRequest struct {
	Deployment string
	API        string // [Chat], [Responses], [Completions] or [Embeddings]; "" means Chat
}

// A Probe is what one small request has shown. Beside an error it holds what is
// known.
type Probe struct {
	API       string     // what was asked; "" of [Client.ProbeFree]
	Model     string     // as served; "" when no answer named one
	RequestID string     // for Azure's support
	Status    int        // the HTTP status; 0: there was no answer
	Tokens    int64      // that it took, and are billed
	Quota     pace.Quota // of the deployment, as the answer's headers tell it
	Total     time.Duration

	// Refused is the parameter of the probe's own that the model does not take:
	// role, network and deployment are right then, and a call without it would be
	// answered. "" when it took them all.
	Refused string
}

// Probe makes the smallest request that shows that a call of the deployment would
// be answered: one question of a word with an answer of 16 tokens at most, or the
// vector of a word. It is made once, without waiting for a turn of [Client.Pace];
// only a claims challenge makes it be sent a second time, with another token.
//
// What the service refuses is a [wire.Problem] over a [ServiceError], as for Ask.
// One of status 429 means that role and deployment are right and the quota is
// used up. Mistakes in the client or in q are returned joined.
func (c *Client) Probe(ctx context.Context, q ProbeRequest) (Probe, error) {
	q.API = orDefault(q.API, Chat)
	var unknown error
	if _, ok := probes[q.API]; !ok {
		unknown = fmt.Errorf("the api %q is unknown: use %s or %s", q.API, apiNames, Embeddings)
	}
	where, err := c.check(errors.Join(unknown, checkDeployment(q.Deployment)))
	if err != nil {
		return Probe{}, err
	}
	t := &trial{errand: errand{
		c: c, place: where, api: q.API, deployment: q.Deployment, doing: "trying " + wire.Line(q.Deployment, 100),
	}}
	err = t.run(ctx, probes[q.API])
	return t.found, err
}

// ProbeFree asks the resource for the list of its models, which takes no tokens. It shows
// that the resource is reached, takes the token, and lets the identity read;
// not that it lets it ask a deployment. Errors are those of [Client.Probe].
func (c *Client) ProbeFree(ctx context.Context) (Probe, error) {
	where, err := c.check(nil)
	if err != nil {
		return Probe{}, err
	}
	t := &trial{errand: errand{c: c, place: where, doing: "listing the models"}}
	err = t.run(ctx, (*trial).models)
	return t.found, err
}

// A trial is the errand of a probe.
type trial struct {
	errand
	found Probe
}

// probes are how a deployment is tried, by API.
var probes = map[string]func(*trial, *call) (reply, error){
	Chat:        (*trial).ask,
	Responses:   (*trial).ask,
	Completions: (*trial).ask,
	Embeddings:  (*trial).embed,
}

// run makes the one request and writes down what it shows.
func (t *trial) run(ctx context.Context, once func(*trial, *call) (reply, error)) error {
	k := &call{json: true, patient: true}
	t.found.API, t.tries = t.api, 1
	err := t.do(ctx, func(ctx context.Context) error {
		return t.request(ctx, k, func() error {
			r, err := once(t, k)
			t.found.Model, t.found.Tokens = wire.Line(t.c.tokens.CutWords(r.model), 200), r.usage.Total
			return t.forgive(err)
		})
	})
	t.found.Status, t.found.Quota, t.found.Total = k.status, pace.ReadQuota(k.header), time.Since(t.start)
	if k.header != nil {
		t.found.RequestID = k.requestID()
	}
	return err
}

// forgive takes the refusal of the probe's own cap for what it shows.
func (t *trial) forgive(err error) error {
	var e *ServiceError
	if !errors.As(err, &e) || e.Status != http.StatusBadRequest || !slices.Contains(caps, unsupportedParam(e)) {
		return err
	}
	t.found.Refused = unsupportedParam(e)
	return nil
}

// caps are the names that the cap on an answer has.
var caps = []string{"max_tokens", "max_completion_tokens", "max_output_tokens"}

// ask puts the question. The text of the answer is nobody's concern.
func (t *trial) ask(k *call) (r reply, err error) {
	limit := int64(probeCap)
	q := Request{API: t.api, Deployment: t.deployment, Messages: []Message{{"user", probeWord}}, Whole: true}
	api := apis[t.api]
	raw, err := k.whole(http.MethodPost, api.route(t.c.APIVersion, q), api.params(q, settings{maxCompletion: &limit}, q.Messages))
	if err != nil {
		return r, err
	}
	failure, err := api.whole(&r, raw)
	if failure != nil {
		return r, k.failure(failure)
	}
	return r, k.misread(err)
}

func (t *trial) embed(k *call) (reply, error) {
	one := &embedding{
		errand: t.errand, q: EmbedRequest{Deployment: t.deployment, Inputs: []string{probeWord}}, missing: []int{0},
		each: func(int, []float32) error { return nil },
	}
	a := &vectors{asked: one.missing, seen: make([]bool, 1), take: one.take}
	err := one.exchange(k, a)
	return reply{model: a.model, usage: a.usage}, err
}

func (t *trial) models(k *call) (reply, error) {
	raw, err := k.whole(http.MethodGet, route(t.c.APIVersion, "", "models"), nil)
	if err != nil {
		return reply{}, err
	}
	s, listed := scan(raw), false
	err = s.object(func(key []byte) error {
		listed = listed || string(key) == "data"
		return s.skip()
	})
	if err == nil && !listed {
		return reply{}, k.failure(raw)
	}
	return reply{}, k.misread(err)
}

// whole makes a request and reads all of its answer.
func (k *call) whole(method, path string, params json.Marshaler) ([]byte, error) {
	res, err := k.open(method, path, params)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	return raw, k.fault(err)
}
