package emulator

import (
	"cmp"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
)

// RequestToken is what ACTIONS_ID_TOKEN_REQUEST_TOKEN holds for a client of the
// emulator. A runner hands every job a secret of its own here; this one is
// public, since the emulator's tokens are worth nothing anywhere else.
const RequestToken = "emulator-request-token"

const (
	issuerPath  = "/_services/token"
	idTokenPath = "/_apis/pipelines/idtoken"
)

// routeGitHub serves GitHub's OpenID Connect issuer where GitHub Enterprise
// Server has it, and the runner's endpoint for ID tokens. See
// https://docs.github.com/en/actions/reference/security/oidc.
func (e *Emulator) routeGitHub() {
	e.mux.HandleFunc("GET "+issuerPath+"/.well-known/openid-configuration", e.githubDiscovery)
	e.mux.HandleFunc("GET "+issuerPath+"/.well-known/jwks", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, jwks(&e.github.PublicKey))
	})
	e.mux.HandleFunc(idTokenPath, e.faulty("github", e.idToken))
}

func (e *Emulator) githubDiscovery(w http.ResponseWriter, r *http.Request) {
	issuer := origin(r) + issuerPath
	writeJSON(w, http.StatusOK, map[string]any{
		"issuer":                                issuer,
		"jwks_uri":                              issuer + "/.well-known/jwks",
		"subject_types_supported":               []string{"public", "pairwise"},
		"response_types_supported":              []string{"id_token"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid"},
	})
}

// idToken answers a job that asks for an ID token. Only "value" of the answer
// is documented; "count" is its length.
func (e *Emulator) idToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		githubRefusal(w, http.StatusMethodNotAllowed, "The requested resource does not support http method '"+r.Method+"'.")
		return
	}
	if token, ok := bearer(r); !ok || token != RequestToken {
		githubRefusal(w, http.StatusUnauthorized, "The request token is missing or not valid.")
		return
	}
	token, err := sign(e.github, e.idClaims(origin(r)+issuerPath, r.URL.Query().Get("audience")))
	if err != nil {
		githubRefusal(w, http.StatusInternalServerError, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"count": len(token), "value": token})
}

// idClaims are those of a new ID token, alike to no other by its jti. An empty
// audience means the owner's URL.
func (e *Emulator) idClaims(issuer, audience string) claims {
	now := time.Now()
	c := jobClaims(e.cfg.Subject)
	maps.Copy(c, claims{
		"jti": uuid.NewString(),
		"iss": issuer,
		"aud": cmp.Or(audience, "https://github.com/"+c["repository_owner"].(string)),
		"iat": now.Unix(),
		"nbf": now.Add(-10 * time.Minute).Unix(),
		"exp": now.Add(e.cfg.IDTokenLife).Unix(),
	})
	return c
}

// repoSubject takes apart a subject in one of GitHub's default forms:
// repo:OWNER/REPO:CONTEXT, and repo:OWNER@ID/REPO@ID:CONTEXT for repositories
// with immutable subjects.
var repoSubject = regexp.MustCompile(`^repo:([^/@:]+)(?:@(\d+))?/([^/@:]+)(?:@(\d+))?:(.+)$`)

// jobClaims tells of a job that has this subject: repository, ref, event and
// environment as the subject implies them, invented where it does not.
func jobClaims(subject string) claims {
	m := repoSubject.FindStringSubmatch(subject)
	if m == nil { // a customized subject
		m = []string{subject, "octo-org", "", "octo-repo", "", ""}
	}
	repository := m[1] + "/" + m[3]
	c := contextClaims(m[5])
	workflow := repository + "/.github/workflows/ai.yml@" + c["ref"].(string)
	maps.Copy(c, claims{
		"sub":                   subject,
		"repository":            repository,
		"repository_owner":      m[1],
		"repository_owner_id":   cmp.Or(m[2], "65"),
		"repository_id":         cmp.Or(m[4], "74"),
		"repository_visibility": "private",
		"sha":                   "3f2c1b0a9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a",
		"run_id":                "1234567890",
		"run_number":            "7",
		"run_attempt":           "1",
		"actor":                 "octocat",
		"actor_id":              "583231",
		"workflow":              "ai",
		"workflow_ref":          workflow,
		"job_workflow_ref":      workflow,
		"runner_environment":    "github-hosted",
	})
	return c
}

// contextClaims are those that the last part of a subject decides: "ref:REF",
// "pull_request" or "environment:NAME", in which %3A stands for a colon.
func contextClaims(context string) claims {
	c := claims{"event_name": "push", "ref": "refs/heads/main", "ref_type": "branch", "head_ref": "", "base_ref": ""}
	kind, value, _ := strings.Cut(context, ":")
	value = strings.ReplaceAll(value, "%3A", ":")
	switch kind {
	case "ref":
		c["ref"] = value
		if strings.HasPrefix(value, "refs/tags/") {
			c["ref_type"] = "tag"
		}
	case "pull_request":
		maps.Copy(c, claims{"event_name": "pull_request", "ref": "refs/pull/1/merge", "head_ref": "topic", "base_ref": "main"})
	case "environment":
		c["environment"] = value
	}
	return c
}

// githubFaults are what GitHub was seen to do instead of answering, and what a
// proxy in front of it might.
func githubFaults() map[string]fault {
	return map[string]fault{
		"401":         githubFault(http.StatusUnauthorized, "The request token has expired."),
		"403":         githubFault(http.StatusForbidden, "Access denied."),
		"403-pending": githubFault(http.StatusForbidden, "Can't issue ID_TOKEN for job in 'Pending' state"),
		"429":         githubFault(http.StatusTooManyRequests, "Too many requests."),
		"503":         githubFault(http.StatusServiceUnavailable, "The service is unavailable."),
		"empty":       verbatim(http.StatusOK, "application/json; charset=utf-8", "{}"),
		"garbage":     verbatim(http.StatusOK, "text/html; charset=utf-8", "<!DOCTYPE html><title>Sign in to continue</title>\n"),
		"redirect":    redirect,
		"reset":       reset,
	}
}

func githubFault(status int, message string) fault {
	return func(_ *Emulator, w http.ResponseWriter, _ *http.Request) { githubRefusal(w, status, message) }
}

func githubRefusal(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"message": message})
}

// verbatim answers with a fixed body.
func verbatim(status int, contentType, body string) fault {
	return func(_ *Emulator, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}
