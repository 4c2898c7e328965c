package emulator

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The endpoints from which a machine in Azure gets the tokens of its managed
// identity: IMDS on a virtual machine, and those of App Service and of Azure
// Arc. This machine has one identity, the application, which is also what IMDS
// hands out when it is not told which.
//
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token

const (
	imdsPath       = "/metadata/identity/oauth2/token"
	appServicePath = "/_msi/token"
	arcPath        = "/_arc/metadata/identity/oauth2/token"
)

// IMDSAddress is where IMDS is on every machine in Azure. Microsoft's libraries
// know no other.
const IMDSAddress = "169.254.169.254:80"

// IdentityHeader is what IDENTITY_HEADER holds for a client of the emulator's App
// Service. It is public, as [RequestToken] is.
const IdentityHeader = "emulator-identity-header"

// ArcKey is what a client of Azure Arc reads from a file to show that it may: in
// DefaultArcKeyFile, since Microsoft's libraries look into no other folder on
// Linux. Who starts the emulator writes it.
const (
	ArcKey            = "emulator-arc-key"
	DefaultArcKeyFile = "/var/opt/azcmagent/tokens/keyless-emulator.key"
)

// A door is an endpoint that hands out tokens.
type door struct {
	path    string
	version string // the first api-version that it knows
	header  string // without which nobody gets a token
	want    string // what the header has to say

	probed func(*Emulator, http.ResponseWriter) // the answer to who has not that header
	no     func(w http.ResponseWriter, status int, code, message string)
	hides  []string // what its answers do not have
}

var doors = []door{
	{imdsPath, "2018-02-01", "Metadata", "true", noMetadata, refuseIMDS, nil},
	{appServicePath, "2019-08-01", "X-Identity-Header", IdentityHeader, noHeader, refuseAppService, []string{"expires_in", "ext_expires_in", "not_before"}},
	{arcPath, "2019-11-01", "Authorization", "Basic " + ArcKey, challengeArc, refuseIMDS, nil},
}

// The queues of faults: most of them wait for who may get a token.
const (
	imdsQueue  = "imds"
	probeQueue = "imds probe"
)

func (e *Emulator) routeIdentity() {
	for _, d := range doors {
		probed := e.faulty(probeQueue, func(w http.ResponseWriter, _ *http.Request) { d.probed(e, w) })
		asked := e.faulty(imdsQueue, func(w http.ResponseWriter, r *http.Request) { e.identityToken(d, w, r) })
		e.mux.HandleFunc("GET "+d.path, func(w http.ResponseWriter, r *http.Request) {
			if !strings.EqualFold(r.Header.Get(d.header), d.want) {
				probed(w, r)
				return
			}
			asked(w, r)
		})
	}
}

// identityToken answers who may get a token. All values of the answer are
// strings.
func (e *Emulator) identityToken(d door, w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	resource := query.Get("resource")
	echo, ok := e.selected(query)
	switch {
	case query.Get("api-version") < d.version:
		d.no(w, http.StatusBadRequest, "invalid_request", "Required query variable 'api-version' is missing or not supported")
	case resource == "":
		d.no(w, http.StatusBadRequest, "invalid_request", "Required query variable 'resource' is missing")
	case !ok:
		d.no(w, http.StatusBadRequest, "invalid_request", identityNotFound)
	case !issuable(resource):
		d.no(w, http.StatusBadRequest, "invalid_resource", "AADSTS500011: The resource principal named "+resource+" was not found in the tenant named "+e.cfg.Tenant+".")
	default:
		e.handOut(d, w, resource, echo)
	}
}

const identityNotFound = "Identity not found"

// selected reports whether the identity that a request selects, if it selects
// one, is the machine's. The selectors are told back, as Azure Arc does.
func (e *Emulator) selected(query map[string][]string) (echo map[string]string, ok bool) {
	echo = map[string]string{}
	for name, id := range map[string]string{
		"client_id": e.cfg.Client, "object_id": principalID, "principal_id": principalID,
		"msi_res_id": DefaultIdentity, "mi_res_id": DefaultIdentity,
	} {
		if asked := query[name]; len(asked) > 0 {
			if !strings.EqualFold(asked[0], id) {
				return nil, false
			}
			echo[name] = asked[0]
		}
	}
	return echo, true
}

func (e *Emulator) handOut(d door, w http.ResponseWriter, resource string, answer map[string]string) {
	c := e.accessClaims(resource, "https://sts.windows.net/"+e.cfg.Tenant+"/")
	c["xms_mirid"], c[claimSince] = DefaultIdentity, time.Now().Unix()
	token, err := sign(e.entra, c)
	if err != nil {
		d.no(w, http.StatusInternalServerError, "unknown", err.Error())
		return
	}
	life, now := int64(e.cfg.AccessTokenLife.Seconds()), time.Now().Unix()
	answer["access_token"], answer["resource"], answer["token_type"] = token, resource, "Bearer"
	answer["client_id"] = e.cfg.Client
	for name, seconds := range map[string]int64{"expires_in": life, "ext_expires_in": life, "expires_on": now + life, "not_before": now} {
		answer[name] = strconv.FormatInt(seconds, 10)
	}
	for _, name := range d.hides {
		delete(answer, name)
	}
	writeJSON(w, http.StatusOK, answer)
}

// issuable reports whether Entra issues tokens for resource.
func issuable(resource string) bool {
	resource = strings.TrimSuffix(resource, "/")
	return slices.Contains(audiences, resource) || slices.Contains(managementAudiences, resource)
}

func refuseIMDS(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]string{"error": code, "error_description": message})
}

// refuseAppService has its own words for an identity that is not there.
func refuseAppService(w http.ResponseWriter, status int, _, message string) {
	if message == identityNotFound {
		message = "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."
	}
	writeJSON(w, status, object{"statusCode": status, "message": message})
}

// noMetadata answers a request that might come from a page in a browser, and
// Microsoft's libraries when they ask whether IMDS is there at all.
func noMetadata(_ *Emulator, w http.ResponseWriter) {
	refuseIMDS(w, http.StatusBadRequest, "invalid_request", "Required metadata header not specified")
}

func noHeader(_ *Emulator, w http.ResponseWriter) {
	refuseAppService(w, http.StatusUnauthorized, "", "The X-IDENTITY-HEADER header is missing or not valid.")
}

// challengeArc names the file that only somebody on the machine can read.
// https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
func challengeArc(e *Emulator, w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", "Basic realm="+e.cfg.ArcKeyFile)
	refuseIMDS(w, http.StatusUnauthorized, "unauthorized_client", "Missing Basic Authorization header")
}

// imdsFaults are what IMDS, or what answers at its address instead, was seen to
// do. 403-unreachable is Docker Desktop's proxy; slow says nothing until the
// client goes. Each strikes who may get a token, and with -probe at its end a
// request without the header, such as the question whether IMDS is there.
func imdsFaults() map[string]fault {
	refusal := func(status int, code, message string) fault {
		return func(_ *Emulator, w http.ResponseWriter, _ *http.Request) { refuseIMDS(w, status, code, message) }
	}
	faults := map[string]fault{
		"400":             refusal(http.StatusBadRequest, "invalid_request", identityNotFound),
		"403":             verbatim(http.StatusForbidden, "text/html; charset=utf-8", "<html><body><h1>403 Forbidden</h1></body></html>\n"),
		"403-unreachable": verbatim(http.StatusForbidden, "text/plain; charset=utf-8", "connecting to "+IMDSAddress+": dial tcp "+IMDSAddress+": connectex: A socket operation was attempted to an unreachable network.\n"),
		"404":             refusal(http.StatusNotFound, "not_found", "IMDS is updating"),
		"410":             refusal(http.StatusGone, "gone", "IMDS is going through updates"),
		"429":             busyIMDS,
		"500":             refusal(http.StatusInternalServerError, "unknown", "Failed to retrieve token from the Active directory. For details see logs in <file path>"),
		"garbage":         verbatim(http.StatusOK, "text/html; charset=utf-8", signInPage),
		"empty":           verbatim(http.StatusOK, "application/json; charset=utf-8", ""),
		"slow":            func(_ *Emulator, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"redirect":        redirect,
		"reset":           reset,
	}
	for _, code := range slices.Collect(maps.Keys(faults)) {
		faults[code+"-probe"] = faults[code]
	}
	return faults
}

func busyIMDS(_ *Emulator, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Retry-After", "1")
	refuseIMDS(w, http.StatusTooManyRequests, "too_many_requests", "Too many requests")
}

// claimSince is the claim of an access token that says since when its client
// knows of revocations, in seconds since 1970: the emulator's own.
const claimSince = "emulator_since"

// wantedSince is what a client was told to ask for: the claim nbf of the access
// token in the claims parameter, or 0.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func wantedSince(parameter string) int64 {
	var wanted struct {
		AccessToken struct {
			NBF struct{ Value string } `json:"nbf"`
		} `json:"access_token"`
	}
	if json.Unmarshal([]byte(parameter), &wanted) != nil {
		return 0
	}
	since, _ := strconv.ParseInt(wanted.AccessToken.NBF.Value, 10, 64)
	return since
}
