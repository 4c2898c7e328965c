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

// region is where every deployment is, by its display name; location is its name
// in Azure Resource Manager.
const (
	region   = "East US 2"
	location = "eastus2"
)

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

	// write, if not nil, writes the answer instead of whole and frames.
	write func(*Emulator, *visit, *http.Request, exchange)
}

// operations is every operation by what its path ends in.
var operations = map[string]operation{
	"chat/completions": chatOperation(),
	"completions":      completionsOperation(),
	"embeddings":       embeddingsOperation(),
	"responses":        responsesOperation(),
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
	e.chaos.faults = openaiFaults()
	e.routeStorage()
	e.routeSummary()
	e.mux.HandleFunc("/openai/", e.visited(e.troubled(e.openai)))
}

// openai answers any request to Azure OpenAI.
func (e *Emulator) openai(w http.ResponseWriter, r *http.Request) {
	v := visitOf(w)
	to, ok := routeOf(r)
	if !ok {
		e.storage.ServeHTTP(v, r)
		return
	}
	setHeaders(w, r)
	if no := e.admitCaller(r, to); no != nil {
		no.write(w)
		return
	}
	if to.operation == "models" {
		v.sendJSON(r, http.StatusOK, e.models())
		return
	}
	e.ask(v, r, to)
}

// routeOf reads the URL. It is not ok when the service has nothing there, which
// is also what it says of an api-version that it does not know.
func routeOf(r *http.Request) (to route, ok bool) {
	rest, v1 := strings.CutPrefix(strings.TrimPrefix(r.URL.Path, "/openai/"), "v1/")
	if !v1 {
		to.version = versionOf(r)
	}
	if after, ok := strings.CutPrefix(rest, "deployments/"); ok && !v1 {
		to.deployment, rest, _ = strings.Cut(after, "/")
	}
	to.operation = rest
	if rest == "models" {
		return to, v1 && r.Method == http.MethodGet
	}
	_, known := operations[rest]
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

// admitCaller is the front door: from where, who, whether they may, and in which
// api-version.
func (e *Emulator) admitCaller(r *http.Request, to route) *denial {
	if no := e.access.outside(r); no != nil {
		return no
	}
	if r.Header.Get("api-key") != "" {
		return &denial{http.StatusForbidden, keyDisabled, notSet(r)}
	}
	switch token, err := e.verifyAccess(r, audiences); {
	case err != nil, e.cfg.RefuseEmbeddings && to.operation == "embeddings" && to.version == "":
		return &denial{http.StatusUnauthorized, unauthorized, notSet(r)}
	case e.isRevoked(token):
		return e.challenge()
	}
	if v := versionOf(r); to.version == "" && v != "" && v != "v1" && v != "preview" {
		return badRequest(datedVersion)
	}
	return e.access.forbids(r, to, e.principal(r))
}

// versionOf is the api-version that a request asks for.
func versionOf(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return r.URL.Query().Get("api-version")
}

// ask puts a request to the deployment that it names.
func (e *Emulator) ask(v *visit, r *http.Request, to route) {
	body, no := readBody(v, r)
	if no != nil {
		no.write(v)
		return
	}
	p, quick := params{}, false
	if to.operation == "embeddings" {
		p, quick = quickParams(body)
	}
	if !quick {
		if p, no = readParams(body); no != nil {
			no.write(v)
			return
		}
	}
	op := operations[to.operation]
	x, no := e.prepare(p, op, to, true)
	e.heard(&v.served, x.question)
	v.served.Deployment = x.name
	setAll(v, x.headers)
	if no != nil {
		no.write(v)
		return
	}
	v.served.Tokens = x.answer.prompt + x.answer.completion()
	setAll(v, operationHeaders(x, op))
	e.reply(v, r, op, x)
}

// prepare works out the answer, or why there is none. The exchange says as much
// as is known in either case. A line of a batch is not live: it takes nothing of
// the minute's quota.
func (e *Emulator) prepare(p params, op operation, to route, live bool) (x exchange, no *denial) {
	x.name = cmp.Or(to.deployment, p.text("model"))
	if x.name == "" {
		return x, missingParam("model")
	}
	d, ok := e.deployment(x.name)
	if !ok {
		return x, &denial{http.StatusNotFound, deploymentNotFound, nil}
	}
	if !slices.Contains(op.kinds, d.kind()) || live == d.batch() {
		return x, wrongOperation(op, d)
	}
	x.id, x.at, x.deployment, x.params = rand.Text(), time.Now(), d, p
	if x.question, no = op.read(p); no != nil {
		return x, no
	}
	if live {
		v := e.quota.admit(d, x.question.cost(d))
		x.headers = v.headers
		if v.exceeded != "" {
			body := rateLimited(d, v.exceeded, op.create, to.version, v.wait)
			return x, &denial{http.StatusTooManyRequests, body, nil}
		}
	}
	x.answer, no = e.consider(op, to, x)
	return x, no
}

// consider is what the model does with a question that was admitted.
func (e *Emulator) consider(op operation, to route, x exchange) (answer, *denial) {
	no := cmp.Or(
		gate(x.question, to.version),
		op.check(x.params, x.question, x.deployment),
		tooLong(x.question, x.deployment),
		filterPrompt(x.question),
	)
	rule := e.rule(x.deployment, x.question)
	if no == nil && rule != nil {
		no = rule.denial()
	}
	if no != nil {
		return answer{}, no
	}
	return e.answer(x.deployment, x.question, rule), nil
}

// reply writes the answer in the form that was asked for.
func (e *Emulator) reply(v *visit, r *http.Request, op operation, x exchange) {
	if v.twist.text != nil {
		x.answer.text = *v.twist.text
	}
	switch {
	case !pause(r.Context(), x.deployment.Latency):
	case x.question.stream:
		e.stream(v, r, op, x)
	case !pause(r.Context(), e.cfg.Delay):
	case op.write != nil:
		op.write(e, v, r, x)
	default:
		v.sendJSON(r, http.StatusOK, op.whole(x))
	}
}

// models lists what could be deployed, which on the real service too is not
// what is deployed.
func (e *Emulator) models() any {
	data := []any{}
	for _, d := range e.cfg.Deployments {
		if d.batch() { // the same model again
			continue
		}
		data = append(data, object{"id": d.served(), "created": 1_700_000_000, "object": "model", "owned_by": "azure-openai"})
	}
	return object{"data": data, "object": "list"}
}
