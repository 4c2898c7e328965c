package emulator

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A FederatedCredential says whose tokens an application takes for its own. The
// three that count are compared to the letter.
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation
type FederatedCredential struct {
	Name     string `yaml:"name"`
	Issuer   string `yaml:"issuer"`   // "" means GitHub's of this emulator, [Cluster] the cluster's
	Subject  string `yaml:"subject"`  // "" means the one that this issuer's tokens have
	Audience string `yaml:"audience"` // "" means [DefaultAudience]
}

// Cluster is what stands for the issuer of the emulated cluster's tokens in a
// [FederatedCredential], since its address depends on the emulator's.
const Cluster = "cluster"

// credentials are the federated credentials of a configuration that lists none:
// one for GitHub's tokens and one for the cluster's.
func (c Config) credentials() []FederatedCredential {
	if c.FederatedSubject == "-" {
		return []FederatedCredential{}
	}
	return []FederatedCredential{
		{"github", c.FederatedIssuer, c.FederatedSubject, c.FederatedAudience},
		{Name: "cluster", Issuer: Cluster},
	}
}

// trusted are the application's credentials for this issuer, with all that they
// leave out.
func (e *Emulator) trusted(r *http.Request, issuer string) (found []FederatedCredential) {
	ours := map[string]struct{ issuer, subject string }{
		"":      {origin(r) + issuerPath, e.cfg.Subject},
		Cluster: {origin(r) + clusterPath, e.cfg.podSubject()},
	}
	for _, c := range e.cfg.FederatedCredentials {
		if own, ok := ours[c.Issuer]; ok {
			c.Issuer = own.issuer
			if c.Subject == "" {
				c.Subject = own.subject
			}
		}
		if c.Audience == "" {
			c.Audience = DefaultAudience
		}
		if c.Issuer == issuer {
			found = append(found, c)
		}
	}
	return found
}

// judgeAssertion holds a against the application's federated credentials, and
// complains of the first thing that none of them has.
func (e *Emulator) judgeAssertion(r *http.Request, a assertion) (code int) {
	now := time.Now()
	known := e.trusted(r, a.issuer)
	subject := func(c FederatedCredential) bool { return c.Subject == a.subject }
	folded := func(c FederatedCredential) bool { return strings.EqualFold(c.Subject, a.subject) }
	whole := func(c FederatedCredential) bool { return subject(c) && c.Audience == a.audience }
	return first([]check{
		{700222, strings.HasPrefix(a.issuer, entraURL(r)+"/")},
		{700211, len(known) == 0},
		{700027, e.forged(r, a)},
		{700024, now.Before(a.from) || !now.Before(a.until)},
		{700213, none(known, folded)},
		{7002138, none(known, subject)},
		{700212, none(known, whole)},
	})
}

func none(all []FederatedCredential, is func(FederatedCredential) bool) bool {
	return !slices.ContainsFunc(all, is)
}

// forged reports whether the key of a's issuer has not signed it. All issuers but
// the cluster are GitHub here, whatever they are called.
func (e *Emulator) forged(r *http.Request, a assertion) bool {
	key := &e.github.PublicKey
	if a.issuer == origin(r)+clusterPath {
		cluster, err := e.cluster()
		if err != nil {
			return true
		}
		key = &cluster.PublicKey
	}
	_, err := verify(key, a.raw, jwt.WithoutClaimsValidation())
	return err != nil
}

// clusterPath is where the cluster's issuer is. Its name ends in a slash, as those
// of AKS do; GitHub's has none.
const clusterPath = "/_cluster/"

// DefaultServiceAccount is the service account of the pod that the emulated
// cluster gives a token to, after its namespace.
const DefaultServiceAccount = "ci:runner"

// podSubject is the subject of the pod's tokens.
func (c Config) podSubject() string { return "system:serviceaccount:" + c.ServiceAccount }

// PodTokenLife is how long a pod's token is good for. The kubelet replaces it
// when 80 % of that are over.
const PodTokenLife = time.Hour

// PodToken is a token of the pod's service account as the kubelet writes it into a
// file for AZURE_FEDERATED_TOKEN_FILE, from an emulator that is served at url. Like
// all its tokens it is worth nothing elsewhere.
// https://azure.github.io/azure-workload-identity/docs/introduction.html
func (e *Emulator) PodToken(url string) (string, error) {
	key, err := e.cluster()
	if err != nil {
		return "", err
	}
	now := time.Now()
	namespace, name, _ := strings.Cut(e.cfg.ServiceAccount, ":")
	return sign(key, claims{
		"iss": strings.TrimRight(url, "/") + clusterPath,
		"sub": e.cfg.podSubject(),
		"aud": []string{DefaultAudience},
		"iat": now.Unix(),
		"nbf": now.Unix(),
		"exp": now.Add(PodTokenLife).Unix(),
		"kubernetes.io": object{
			"namespace":      namespace,
			"pod":            object{"name": name + "-0"},
			"serviceaccount": object{"name": name},
		},
	})
}

// routeCluster serves the issuer of the cluster's tokens.
// https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
func (e *Emulator) routeCluster() {
	e.mux.HandleFunc("GET "+clusterPath+".well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		issuer := origin(r) + clusterPath
		writeJSON(w, http.StatusOK, object{
			"issuer":                                issuer,
			"jwks_uri":                              issuer + "openid/v1/jwks",
			"response_types_supported":              []string{"id_token"},
			"subject_types_supported":               []string{"public"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	e.mux.HandleFunc("GET "+clusterPath+"openid/v1/jwks", func(w http.ResponseWriter, _ *http.Request) {
		key, err := e.cluster()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeJSON(w, http.StatusOK, jwks(&key.PublicKey))
	})
}

// signingKey makes a key for signing tokens.
func signingKey() (*rsa.PrivateKey, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("making the emulator's signing key: %w", err)
	}
	return key, nil
}
