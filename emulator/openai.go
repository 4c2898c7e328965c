package emulator

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Azure OpenAI is served on both of its URL families: /openai/v1/…, where the
// body's model names the deployment, and the classic
// /openai/deployments/{deployment}/…?api-version=…, where the path does.
//
// https://learn.microsoft.com/azure/ai-foundry/openai/reference

// region is where every deployment is, by its display name.
const region = "East US 2"

// An operation is one thing that a deployment can be asked for.
type operation struct {
	name   string // as OperationNotSupported spells it
	create string // as a 429 spells it
	kinds  []Kind // the deployments that know it

	// read takes the question out of a body; check refuses parameters that the
	// deployment's model does not take.
	read  func(params) (question, *denial)
	check func(params, question, Deployment) *denial

	// whole is the answer in one piece, frames are the events of its stream.
	whole  func(exchange) any
	frames func(exchange) []frame

	// broken is the event with which a stream fails after n others.
	broken func(x exchange, n int) frame
}

// operations is every operation by what its path ends in.
func operations() map[string]operation {
	return map[string]operation{
		"chat/completions": chatOperation(),
		"completions":      completionsOperation(),
		"responses":        responsesOperation(),
	}
}

// A route is where a request goes to, as far as its URL says so.
type route struct {
	operation  string
	deployment string // from a classic path
	version    string // the api-version of a classic path; "" on /openai/v1/
}

// versions are the api-versions that classic paths know.
// https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
var versions = []string{
	"2023-05-15", "2023-12-01-preview", "2024-02-01", "2024-02-15-preview", "2024-03-01-preview", "2024-04-01-preview",
	"2024-05-01-preview", "2024-06-01", "2024-07-01-preview", "2024-08-01-preview", "2024-09-01-preview",
	"2024-10-01-preview", "2024-10-21", "2024-12-01-preview", "2025-01-01-preview", "2025-02-01-preview",
	"2025-03-01-preview", "2025-04-01-preview",
}

func (e *Emulator) routeOpenAI() {
	e.mux.HandleFunc("/openai/", e.faulty("openai", e.openai))
}

// openai answers any request to Azure OpenAI.
func (e *Emulator) openai(w http.ResponseWriter, r *http.Request) {
	to, ok := routeOf(r)
	if !ok {
		notFound(e, w, r)
		return
	}
	setHeaders(w, r)
	if no := e.admitCaller(r, to); no != nil {
		no.write(w)
		return
	}
	if to.operation == "models" {
		send(w, e.models())
		return
	}
	e.ask(w, r, to)
}

// routeOf reads the URL. It is not ok when the service has nothing there, which
// is also what it says of an api-version that it does not know.
func routeOf(r *http.Request) (to route, ok bool) {
	rest, v1 := strings.CutPrefix(strings.TrimPrefix(r.URL.Path, "/openai/"), "v1/")
	if !v1 {
		to.version = r.URL.Query().Get("api-version")
	}
	if after, ok := strings.CutPrefix(rest, "deployments/"); ok && !v1 {
		to.deployment, rest, _ = strings.Cut(after, "/")
	}
	to.operation = rest
	if rest == "models" {
		return to, v1 && r.Method == http.MethodGet
	}
	_, known := operations()[rest]
	switch {
	case !known || r.Method != http.MethodPost:
		return to, false
	case v1:
		return to, true
	case rest == "responses": // is asked of the resource, and came with 2025-03-01-preview
		return to, to.deployment == "" && slices.Contains(versions, to.version) && to.version >= "2025-03-01"
	}
	return to, to.deployment != "" && slices.Contains(versions, to.version)
}

// admitCaller is the front door: who asks, and in which api-version.
func (e *Emulator) admitCaller(r *http.Request, to route) *denial {
	if r.Header.Get("api-key") != "" {
		return &denial{http.StatusForbidden, keyDisabled, notSet(r)}
	}
	if _, err := e.verifyAccess(r, audiences); err != nil {
		return &denial{http.StatusUnauthorized, unauthorized, notSet(r)}
	}
	v := r.URL.Query().Get("api-version")
	if to.version == "" && v != "" && v != "v1" && v != "preview" {
		return badRequest("api-version query parameter is not allowed when using /v1 path")
	}
	return nil
}

// ask puts a request to the deployment that it names.
func (e *Emulator) ask(w http.ResponseWriter, r *http.Request, to route) {
	p, no := readParams(w, r)
	if no != nil {
		no.write(w)
		return
	}
	op := operations()[to.operation]
	x, no := e.prepare(p, op, to)
	setAll(w, x.headers)
	if no != nil {
		no.write(w)
		return
	}
	setAll(w, operationHeaders(x, op))
	e.reply(w, r, op, x)
}

// prepare works out the answer, or why there is none. The exchange says as much
// as is known in either case.
func (e *Emulator) prepare(p params, op operation, to route) (x exchange, no *denial) {
	name := to.deployment
	if name == "" {
		if name = p.text("model"); name == "" {
			return x, missingParam("model")
		}
	}
	d, ok := e.deployment(name)
	if !ok {
		return x, &denial{http.StatusNotFound, deploymentNotFound, nil}
	}
	if !slices.Contains(op.kinds, d.kind()) {
		return x, wrongOperation(op, d)
	}
	q, no := op.read(p)
	if no != nil {
		return x, no
	}
	v := e.quota.admit(d, q.cost(d))
	x = exchange{id: rand.Text(), at: time.Now(), deployment: d, params: p, question: q, headers: v.headers}
	if v.exceeded != "" {
		body := rateLimited(d, v.exceeded, op.create, to.version, v.wait)
		return x, &denial{http.StatusTooManyRequests, body, nil}
	}
	no = cmp.Or(
		gate(q, to.version),
		op.check(p, q, d),
		tooLong(q, d),
		filterPrompt(q),
	)
	if no == nil {
		x.answer = e.answer(d, q)
	}
	return x, no
}

// reply writes the answer in the form that was asked for.
func (e *Emulator) reply(w http.ResponseWriter, r *http.Request, op operation, x exchange) {
	t := twistOf(r)
	if t.text != nil {
		x.answer.text = *t.text
	}
	if x.question.stream {
		e.stream(w, r, op, x, t)
		return
	}
	if pause(r.Context(), e.cfg.Delay) {
		t.write(w, r, op.whole(x))
	}
}

// models lists what could be deployed, which on the real service too is not
// what is deployed.
func (e *Emulator) models() any {
	data := []any{}
	for _, d := range e.cfg.Deployments {
		data = append(data, object{"id": d.served(), "created": 1_700_000_000, "object": "model", "owned_by": "azure-openai"})
	}
	return object{"data": data, "object": "list"}
}
