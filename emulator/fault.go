package emulator

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A fault answers one request in a service's stead.
type fault func(e *Emulator, w http.ResponseWriter, r *http.Request)

// faults are the queues of faults that wait for a request, one a service but
// for those of [queueOf].
type faults struct {
	mu     sync.Mutex
	queued map[string][]fault
}

// catalogue is every fault that [Emulator.Fault] knows, by service and code.
func catalogue() map[string]map[string]fault {
	return map[string]map[string]fault{
		"api":        apiFaults(),
		"az":         commandLineFaults(),
		"github":     githubFaults(),
		"entra":      entraFaults(),
		"imds":       imdsFaults(),
		"management": managementFaults(),
		"openai":     openaiFaults(),
	}
}

// Fault makes the next request to service ("api", "az", "github", "entra",
// "imds", "management" or "openai") fail as code says. Faults queue up: two calls spoil two requests. An unknown
// service or code is an error that lists those that exist.
func (e *Emulator) Fault(service, code string) error {
	codes, ok := catalogue()[service]
	if !ok {
		return fmt.Errorf("no service %q: the emulator has %s", service, names(catalogue()))
	}
	f, ok := codes[code]
	if !ok {
		return fmt.Errorf("no fault %q for %s: there are %s", code, service, names(codes))
	}
	e.faults.mu.Lock()
	defer e.faults.mu.Unlock()
	if e.faults.queued == nil {
		e.faults.queued = map[string][]fault{}
	}
	queue := queueOf(service, code)
	e.faults.queued[queue] = append(e.faults.queued[queue], f)
	return nil
}

// discoveryQueue holds the faults of Entra's openid-configuration; the queue
// "entra" is that of its token endpoint.
const discoveryQueue = "entra discovery"

// ownQueues are the queues of faults that do not join their service's own, by
// how their codes end.
var ownQueues = []struct{ service, suffix, queue string }{
	{"entra", "http-token-endpoint", discoveryQueue},
	{"entra", "-discovery", discoveryQueue},
	{"imds", "-probe", probeQueue},
	{"api", "-write", writeQueue},
	{"api", "422", writeQueue},
	{"api", "-graphql", graphqlQueue},
	{"api", "graphql-error", graphqlQueue},
}

// queueOf names the queue that a fault joins.
func queueOf(service, code string) string {
	for _, own := range ownQueues {
		if service == own.service && strings.HasSuffix(code, own.suffix) {
			return own.queue
		}
	}
	return service
}

// faulty wraps a service's handler so that a fault of the queue answers first.
func (e *Emulator) faulty(queue string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if f := e.faults.next(queue); f != nil {
			f(e, w, r)
			return
		}
		h(w, r)
	}
}

func (f *faults) next(queue string) fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	q := f.queued[queue]
	if len(q) == 0 {
		return nil
	}
	f.queued[queue] = q[1:]
	return q[0]
}

func names[V any](m map[string]V) string {
	return strings.Join(slices.Sorted(maps.Keys(m)), ", ")
}

// redirect sends the client away with method and body kept, as no service of
// this emulator does: a client that follows it gives its token away.
func redirect(_ *Emulator, w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "http://"+r.Host+"/elsewhere", http.StatusTemporaryRedirect)
}

// reset drops the connection without an answer. On a connection that had
// already carried an answer, net/http's client repeats a GET by itself then.
func reset(_ *Emulator, w http.ResponseWriter, _ *http.Request) {
	if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
		c.Close()
	}
}
