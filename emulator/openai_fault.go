package emulator

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// serverError is the text of a 500. The service puts the request's id where the
// zeros are.
const serverError = "The server had an error processing your request. Sorry about that! You can retry your request, or contact us through an Azure support request at: https://go.microsoft.com/fwlink/?linkid=2213926 if you keep seeing this error. (Please include the request ID 00000000-0000-4000-8000-000000000000 in your email.)"

// The bodies of faults. Those of 409 and 503 were never published: they follow
// the others.
const (
	unauthorizedAI = `{ "statusCode": 401, "message": "Unauthorized. Access token is missing, invalid, audience is incorrect (https://ai.azure.com), or have expired." }`
	noCapacity     = "The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load. For improved capacity reliability, consider switching to Provisioned Throughput."
	otherTenant    = "Tenant provided in token does not match resource token"
	noSubdomain    = "Please provide a custom subdomain for token authentication, otherwise API key is required. (Please see https://aka.ms/cogsvc-authenticatewithtoken)"
	blocked        = "Your resource has been temporarily blocked because we detected behavior that may violate our content policy."
	contextLength  = "This model's maximum context length is 128000 tokens. However, your messages resulted in 192041 tokens. Please reduce the length of the messages."
	datedVersion   = "api-version query parameter is not allowed when using /v1 path"
	noPublicAccess = "Public access is disabled. Please configure private endpoint."
	behindFirewall = "Access denied due to Virtual Network/Firewall rules."
	badKey         = "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."
	badGateway     = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
	signInPage     = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Sign in to continue</body></html>\n"
)

// openaiFaults is how Azure OpenAI, or a proxy before it, fails. The faults
// of streams let a request through to its answer, so they want a good token
// and a deployment that exists; a request that does not stream gets half of
// its answer from those that break one off.
func openaiFaults() map[string]fault {
	f := map[string]fault{
		"429":                       tooMany(map[string]string{"retry-after": "1", "retry-after-ms": "0"}, time.Minute),
		"429-1s":                    tooMany(map[string]string{"retry-after": "1"}, time.Second),
		"429-20s":                   tooMany(map[string]string{"retry-after": "20"}, 20*time.Second),
		"429-day":                   tooMany(map[string]string{"retry-after": "86400"}, never),
		"429-bare":                  tooMany(nil, 0),
		"no-capacity":               failing(429, modelError(noCapacity, "too_many_requests", "", "no_capacity")),
		"408":                       failing(408, gatewayError("Timeout", "The operation was timeout.")),
		"409":                       failing(409, gatewayError("Conflict", "The request conflicts with another one.")),
		"500":                       failing(500, modelError(serverError, "server_error", "", "")),
		"500-array":                 failing(500, `{"error":[{"message":`+compact(serverError)+`,"type":"server_error","param":null,"code":null}]}`),
		"502":                       page(502, badGateway),
		"503":                       failing(503, gatewayError("ServiceUnavailable", "The service is temporarily unavailable.")),
		"unauthorized":              failing(401, unauthorized),
		"unauthorized-ai":           failing(401, unauthorizedAI),
		"permission-denied":         failing(401, gatewayError("PermissionDenied", lacksRole())),
		"permission-denied-old":     failing(401, gatewayError("PermissionDenied", "Principal does not have access to API/Operation.")),
		"tenant-mismatch":           failing(400, gatewayError(otherTenant, otherTenant)),
		"custom-subdomain":          failing(400, gatewayError("BadRequest", noSubdomain)),
		"permission-denied-foundry": failing(401, gatewayError("PermissionDenied", lacksFoundry())),
		"subscription-key":          failing(401, gatewayError("401", badKey)),
		"cae":                       claimsChallenge,
		"api-version":               failing(400, gatewayError("BadRequest", datedVersion)),
		"firewall":                  failing(403, gatewayError("403", behindFirewall)),
		"firewall-new":              failing(403, gatewayError("AccessDenied", behindFirewall)),
		"private-endpoint":          failing(403, gatewayError("403", noPublicAccess)),
		"suspended":                 failing(403, gatewayError("403", blocked)),
		"key-disabled":              failing(403, keyDisabled),
		"embeddings-refused":        failing(401, unauthorized),
		"deployment-not-found":      failing(404, deploymentNotFound),
		"not-found":                 notFound,
		"content-filter":            failing(400, filtered("innererror", "content_filter_result", []string{"violence"}, false)),
		"content-filter-old":        failing(400, filtered("inner_error", "content_filter_results", []string{"violence"}, false)),
		"context-length":            failing(400, modelError(contextLength, "invalid_request_error", "messages", "context_length_exceeded")),
		"html":                      page(200, signInPage),
		"redirect":                  redirect,
		"reset":                     reset,
	}
	for code, t := range openaiTwists() {
		f[code] = twisted(t)
	}
	return f
}

func lacksRole() string {
	return lacks(principalID, dataActions["chat/completions"], "POST /openai/deployments/{deployment-id}/chat/completions")
}

// lacksFoundry is the same from a path of a Foundry project.
func lacksFoundry() string {
	return lacks(principalID, "Microsoft.CognitiveServices/accounts/AIServices/responses/write", "POST /api/projects/{projectName}/openai/responses")
}

// openaiTwists are the faults within an answer.
func openaiTwists() map[string]twist {
	empty, invalid := "", `{"emulator": true, "echo": `
	return map[string]twist{
		"stream-error":       {alter: brokenAfter(halfOfText), half: true},
		"stream-error-first": {alter: brokenAfter(nothing), half: true},
		"cut":                {alter: upTo(halfOfText), after: hangUp, half: true},
		"cut-early":          {alter: upTo(firstFrame), after: hangUp, half: true},
		"eof":                {alter: upTo(wholeText), half: true},
		"stall-2s":           {alter: upTo(halfOfText), after: shortSilence(2 * time.Second), half: true},
		"stall":              {alter: upTo(halfOfText), after: silence, half: true},
		"filter-chunks":      {alter: asynchronous},
		"empty":              {text: &empty},
		"invalid-json":       {text: &invalid},
	}
}

// failing is an answer that is no answer, with the usual headers.
func failing(status int, body string) fault {
	return func(_ *Emulator, w http.ResponseWriter, r *http.Request) {
		setHeaders(w, r)
		if status == http.StatusUnauthorized || status == http.StatusForbidden {
			setAll(w, notSet(r))
		}
		(&denial{status, body, nil}).write(w)
	}
}

// page answers with HTML, as a proxy on the way might.
func page(status int, html string) fault {
	return verbatim(status, "text/html; charset=utf-8", html)
}

// tooMany is a 429 with this advice in its headers, and with wait in its text.
// One that advises 0 ms has the headers of used up tokens beside it; the others
// are of the years before those headers.
func tooMany(advice map[string]string, wait time.Duration) fault {
	return func(e *Emulator, w http.ResponseWriter, r *http.Request) {
		to, _ := routeOf(r)
		d := e.target(r, to)
		body := rateLimited(d, "token", cmp.Or(operations[to.operation].create, "Batches_Create"), to.version, wait)
		if wait == 0 {
			body = strings.Replace(body, " Please retry after 0 seconds.", "", 1)
		}
		setHeaders(w, r)
		if advice["retry-after-ms"] == "0" {
			exhausted := &buckets{tokens: bucket{perMinute: 1000}, requests: bucket{perMinute: 6, level: 5}}
			setAll(w, exhausted.headers(d, verdict{exceeded: "token"}))
			w.Header().Del("retry-after")
			w.Header().Del("retry-after-ms")
		}
		setAll(w, advice)
		(&denial{http.StatusTooManyRequests, body, nil}).write(w)
	}
}

// target is the deployment that a request names, by its name alone if it does
// not exist.
func (e *Emulator) target(r *http.Request, to route) Deployment {
	name := to.deployment
	if name == "" {
		var p params
		body, _ := io.ReadAll(io.LimitReader(r.Body, maxBody))
		r.Body = io.NopCloser(bytes.NewReader(body))
		json.Unmarshal(body, &p.fields)
		name = p.text("model")
	}
	if d, ok := e.deployment(name); ok {
		return d
	}
	return Deployment{Name: name, Model: name}
}

// These say how many of a stream's frames still arrive.
func nothing([]frame) int    { return 0 }
func firstFrame([]frame) int { return 1 }

// halfOfText ends after half of the pieces of text, one at least if there are
// any, and after the first frame if there are none.
func halfOfText(frames []frame) int {
	first := slices.IndexFunc(frames, func(f frame) bool { return f.text })
	if first < 0 {
		return 1
	}
	return first + (wholeText(frames)-first+1)/2
}

// wholeText ends with the last piece of text.
func wholeText(frames []frame) int {
	for i, f := range slices.Backward(frames) {
		if f.text {
			return i + 1
		}
	}
	return 1
}

func upTo(keep func([]frame) int) func(operation, exchange, []frame) []frame {
	return func(_ operation, _ exchange, frames []frame) []frame { return frames[:keep(frames)] }
}

// brokenAfter ends in an error that has its place in the stream's own format.
func brokenAfter(keep func([]frame) int) func(operation, exchange, []frame) []frame {
	return func(op operation, x exchange, frames []frame) []frame {
		n := keep(frames)
		return append(slices.Clone(frames[:n]), op.broken(x, n))
	}
}

// hangUp drops the connection in the middle of an answer.
func hangUp(w http.ResponseWriter, r *http.Request) {
	http.NewResponseController(w).Flush()
	reset(nil, w, r)
}

// silence says nothing more until the client goes away.
func silence(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
