package emulator

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// hourly is how many requests a job's token has in an hour, in a repository.
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#primary-rate-limit-for-github_token-in-github-actions
const hourly = 1000

// The pools that an allowance is counted in, as X-RateLimit-Resource names them.
const (
	restPool    = "core"
	graphqlPool = "graphql"
)

func poolOf(r *http.Request) string {
	if r.URL.Path == graphqlPath {
		return graphqlPool
	}
	return restPool
}

// An allowance is the primary rate limit's state: what was used of each pool in
// the hour that began with the first request.
type allowance struct {
	mu    sync.Mutex
	ends  time.Time
	spent map[string]int
}

// A standing is what an allowance says of one pool.
type standing struct {
	used  int
	reset time.Time
}

// spend takes one request out of a pool, unless none is left.
func (a *allowance) spend(pool string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.renew()
	if a.spent[pool] == hourly {
		return false
	}
	a.spent[pool]++
	return true
}

func (a *allowance) standing(pool string) standing {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.renew()
	return standing{a.spent[pool], a.ends}
}

func (a *allowance) renew() {
	if now := time.Now(); !now.Before(a.ends) {
		a.ends, a.spent = now.Add(time.Hour), map[string]int{}
	}
}

// rateLimit answers GET /rate_limit, which itself is free.
func (e *Emulator) rateLimit(*http.Request) apiAnswer {
	resources := object{}
	for _, pool := range []string{restPool, graphqlPool} {
		s := e.allowance.standing(pool)
		resources[pool] = object{"limit": hourly, "used": s.used, "remaining": hourly - s.used, "reset": s.reset.Unix(), "resource": pool}
	}
	return apiAnswer{status: http.StatusOK, body: object{"resources": resources, "rate": resources[restPool]}}
}

// installation is the app's number, which messages about limits name.
const installation = 12345678

// allowanceSpent is what a request hears when the allowance is used up. GraphQL
// says it with status 200.
// https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#exceeding-the-rate-limit
func allowanceSpent(r *http.Request) apiAnswer {
	if poolOf(r) == graphqlPool {
		return graphqlErrors(object{
			"type": "RATE_LIMIT", "code": "graphql_rate_limit",
			"message": fmt.Sprintf("API rate limit already exceeded for installation ID %d.", installation),
		})
	}
	return apiRefusal(http.StatusForbidden, fmt.Sprintf("API rate limit exceeded for installation ID %d.", installation)).
		documented(restDocs + "/overview/rate-limits-for-the-rest-api")
}
