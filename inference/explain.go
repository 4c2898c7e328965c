package inference

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/keyless-inference/action/wire"
)

// A cause explains one kind of refusal. It fits when everything that is set
// fits. The texts hold the placeholders of [errand.fill].
type cause struct {
	status int    // exact; below 10 the first digit alone
	code   string // exact
	words  string // part of the message, in any case
	api    string // of the errand

	what, why, fix string
}

// findResource finds the resource by the subdomain that the endpoint shows:
// neither its name nor its group are known here.
const findResource = `az cognitiveservices account list --query "[?properties.customSubDomainName=='{resource}']`

// Commands that more than one cause ends with.
const (
	inGroup      = `--name {resource} --resource-group "$(` + findResource + `.resourceGroup" --output tsv)"`
	grantRole    = `az role assignment create --role "Cognitive Services OpenAI User" --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --scope "$(` + findResource + `.id" --output tsv)"`
	grantBatches = `az role assignment create --role "Cognitive Services OpenAI Contributor" --assignee-object-id {principal} --assignee-principal-type ServicePrincipal --scope "$(` + findResource + `.id" --output tsv)"`
	listNames    = "az cognitiveservices account deployment list " + inGroup + " --output table"
	showAccess   = "az cognitiveservices account show " + inGroup + ` --query "properties.{public:publicNetworkAccess,rules:networkAcls}"`
	moreQuota    = "lower the load, or raise the deployment's capacity: https://aka.ms/oai/quotaincrease"
	listBatch    = "az cognitiveservices account deployment list " + inGroup + ` --query "[?contains(sku.name,'Batch')].name"`
	wrongAPI     = "{otherapi}, or name a deployment of another model:\n" + listNames
)

// causes is every refusal that is known, the special before the general. The
// first that fits is told.
var causes = []cause{
	{
		status: 3, what: "the service sent the request elsewhere",
		why: "it redirects to {location}, and a token is never carried to another address",
		fix: "set `endpoint` to the address of the resource itself, such as https://<resource>.openai.azure.com, or of a gateway that does not redirect",
	},

	{
		status: 4, words: "firewall", what: "the resource's firewall refuses this machine",
		why: "its network rules do not name the address that the request came from ({message})",
		fix: "run the job inside the network, or allow the address:\naz cognitiveservices account network-rule add " + inGroup + " --ip-address <address of the runner>\n" + showAccess,
	},
	{
		status: 401, words: "audience is incorrect", what: "the service does not accept the token",
		why: "the token was made for another service, another cloud or is out of date; this one wants the audience {audience}",
		fix: "set `scope: {audience}/.default`, and `environment` when the resource is in a sovereign cloud",
	},
	{
		status: 401, code: "PermissionDenied", api: batches, what: "the identity has no role that allows batches",
		why: "the token is good, but its principal lacks the data action; files and batches need more than asking a deployment does ({message})",
		fix: grantBatches + "\na new assignment takes up to 5 minutes to be seen, at times longer",
	},
	{
		status: 401, code: "PermissionDenied", what: "the identity has no role on the resource",
		why: "the token is good, but its principal lacks the data action; Owner and Contributor do not include it ({message})",
		fix: grantRole + "\na new assignment takes up to 5 minutes to be seen, at times longer",
	},
	{
		status: 401, words: "subscription key", what: "the service asked for an API key",
		why: "this host or gateway did not take the Entra token as one ({message})",
		fix: "set `endpoint` to the resource's own address; a gateway must pass the Authorization header on, and may need `custom-headers`",
	},
	{
		status: 401, what: "the service does not accept the token", why: "{message}",
		fix: "check `tenant-id`, `client-id` and `scope`; behind a gateway, check its policy on the Authorization header",
	},

	{
		status: 403, words: "private endpoint", what: "the resource is reachable from inside its network alone",
		why: "its public access is off ({message})",
		fix: "run the job on a runner inside the virtual network, or open public access for chosen addresses:\n" + showAccess,
	},
	{
		status: 403, words: "temporarily blocked", what: "Microsoft has suspended the resource",
		why: "{message}", fix: "ask Azure support, with the request id",
	},
	{
		status: 403, code: "AuthenticationTypeDisabled", what: "something on the way added an API key",
		why: "the resource takes Entra tokens alone, as it should, and the request carried a key; it left here without one",
		fix: "remove the api-key header from the policy of the gateway in front of the resource",
	},
	{
		status: 403, what: "the service forbids the request", why: "{message}",
		fix: "check the resource's network rules and the identity's roles:\n" + showAccess + "\n" + grantRole,
	},

	{
		words: "token_limit_exceeded", what: "the batches in the queue hold as many tokens as the deployment may have",
		why: "{message}", fix: "wait until earlier batches are over, send fewer requests in one, or raise the quota of enqueued tokens: https://aka.ms/oai/quotaincrease",
	},
	{
		code: "model_not_found", api: batches, what: "the deployment that the requests name is no batch deployment",
		why: "batches need a deployment of type GlobalBatch or DataZoneBatch, under its own name ({message})", fix: listBatch,
	},
	{
		code: "too_many_tasks", api: batches, what: "the batch has too many requests",
		why: "{message}", fix: "send at most 100,000 in one batch",
	},
	{code: "empty_file", api: batches, what: "the batch has no requests", why: "{message}", fix: "check that the input selects something"},
	{code: "duplicate_custom_id", api: batches, what: "two requests have the same id", why: "{message}", fix: "give every request an id of its own"},
	{
		code: "model_mismatch", api: batches, what: "the requests name more than one deployment",
		why: "{message}", fix: "send the requests of each deployment as a batch of their own",
	},
	{
		code: "url_mismatch", api: batches, what: "the requests are for more than one API",
		why: "{message}", fix: "send the requests of each `api` as a batch of their own",
	},
	{code: "invalid_json_line", api: batches, what: "a line of the file is no request", why: "{message}", fix: "send the file as it was written, one JSON object a line, in UTF-8"},
	{code: "invalid_request", api: batches, what: "a request in the file is not valid", why: "{message}", fix: "check its parameters against what the model takes"},
	{code: "input_modified", api: batches, what: "the file was changed before it was read", why: "{message}", fix: "create the batch again"},
	{
		code: "input_no_permissions", api: batches, what: "the service may not read the file", why: "{message}",
		fix: "upload the file to this resource, or let the resource's own identity read the storage it lies in",
	},
	{
		code: "batch_expired", api: batches, what: "the batch was over before this request was answered",
		why: "{message}", fix: "send the request again",
	},
	{
		code: "batch_cancelled", api: batches, what: "the batch was cancelled before this request was answered",
		why: "{message}", fix: "send the request again",
	},
	{
		status: 404, code: "DeploymentNotFound", what: "the resource has no deployment of that name",
		why: "{deployment} must be the name of the deployment, which need not be the model's; one made in the last 5 minutes may not be seen yet",
		fix: listNames,
	},
	{
		status: 404, api: batches, what: "the resource has no such batch or file",
		why: "it may have been deleted, be of another resource, or have expired ({message})", fix: "check the batch's id and `endpoint`; batches do not exist in every cloud and region",
	},
	{
		status: 404, what: "the service has no such route",
		why: "the endpoint must be the resource's root, and an api-version must exist ({message})",
		fix: "set `endpoint` to an address such as https://<resource>.openai.azure.com and leave `api-version` out",
	},

	{
		status: 400, words: "does not match resource t", what: "the token is from another tenant than the resource", why: "{message}",
		fix: "set `tenant-id` to the resource's tenant:\naz account show --query tenantId --output tsv",
	},
	{
		status: 400, words: "custom subdomain", what: "the resource has no subdomain of its own",
		why: "Entra tokens are accepted only on one",
		fix: "az cognitiveservices account update --name <resource> --resource-group <resource-group> --custom-domain <name>\nendpoint: https://<name>.openai.azure.com",
	},
	{
		status: 400, words: "api-version query parameter is not allowed", what: "the service refuses an api-version on /openai/v1/",
		why: "none was sent from here, so something on the way added it", fix: "remove it from the policy of the gateway in front of the resource",
	},
	{
		status: 400, words: "api version", what: "the api-version does not fit", why: "{message}",
		fix: "leave `api-version` out: /openai/v1/ has every feature",
	},
	{
		status: 400, words: "api-version", what: "the api-version does not fit", why: "{message}",
		fix: "leave `api-version` out: /openai/v1/ has every feature",
	},
	{status: 400, code: "OperationNotSupported", what: "the model does not know this API", why: "{message}; a batch deployment answers batches alone", fix: "for a batch deployment say `mode: batch`; else " + wrongAPI},
	{status: 400, words: "model not supported", api: Responses, what: "the model does not know this API", why: "{message}", fix: wrongAPI},
	{
		status: 400, code: "content_filter", what: "the content filter stopped the prompt",
		why: "{categories}", fix: "change the prompt, or the content filter of the deployment; a filtered prompt is billed",
	},
	{
		status: 400, code: manyTokens, what: "the inputs are too many tokens for one request", why: "{message}",
		fix: "send fewer or shorter texts in a request",
	},
	{
		status: 400, words: "maximum input length", what: "an input is longer than the model takes", why: "{message}",
		fix: "shorten it, or have it split with `chunk-tokens`",
	},
	{
		status: 400, words: "maximum context length", api: embeddings, what: "an input is longer than the model takes", why: "{message}",
		fix: "shorten it, or have it split with `chunk-tokens`",
	},
	{
		status: 400, code: "context_length_exceeded", what: "the prompt is too long for the model", why: "{message}",
		fix: "shorten the input, or name a deployment of a model with a larger context",
	},
	{
		status: 400, words: "invalid schema", what: "the service does not take the JSON schema", why: "{message}",
		fix: "in strict mode every object needs `additionalProperties: false` and all of its properties in `required`; or set `strict: false`, and the answer is validated here all the same",
	},
	{
		status: 400, words: "must contain the word 'json'", what: "json_object needs the word JSON in the prompt", why: "{message}",
		fix: "ask for JSON in the prompt, or give a `json-schema`",
	},
	{
		status: 400, what: "the service calls the request wrong", why: "{message}",
		fix: "check the parameter {param} and the prompt against what the model takes",
	},

	{status: 409, what: "the service is busy with another request", why: "{message}", fix: "try again later"},
	{status: 413, what: "the request is too large", why: "{message}", fix: "shorten the prompt"},
	{status: 408, what: "the service took too long", why: "{message}", fix: "ask for less at once, or try again later"},
	{
		status: 429, code: "no_capacity", what: "the service has no room for a request of this size",
		why: "this is about the region's load and the size of the request, not about your quota ({message})",
		fix: "set a smaller `max-completion-tokens`, shorten the prompt, or use provisioned throughput",
	},
	{status: 429, what: "the deployment's rate limit is used up", why: "{message}", fix: moreQuota},
	{status: 431, what: "there are too many headers", why: "the service takes at most 10 custom ones", fix: "remove some `custom-headers`"},
	{status: 5, what: "the service failed", why: "{message}", fix: "try again later; https://azure.status.microsoft shows outages, and Azure support asks for the request id"},
	{what: "the service gave no usable answer", why: "{message}", fix: "check that `endpoint` is the address of an Azure OpenAI resource, or of a gateway in front of one"},
}

func (c cause) fits(e *ServiceError, api string) bool {
	return (c.status == 0 || c.status == e.Status || c.status < 10 && c.status == e.Status/100) &&
		(c.code == "" || c.code == e.Code || c.code == e.Type) &&
		(c.api == "" || c.api == api) &&
		strings.Contains(strings.ToLower(e.Code+" "+e.Message), c.words)
}

// explainRefusal makes of e what a person can act on.
func (e *errand) explainRefusal(refusal *ServiceError, err error) error {
	for _, c := range causes {
		if c.fits(refusal, e.api) {
			fill := e.fill(refusal)
			return e.problem(fill(c.what)+e.particulars(refusal), fill(c.why), fill(c.fix), err)
		}
	}
	return err // not reached: the last cause fits all
}

// problem is a [wire.Problem] that says whom was asked.
func (e *errand) problem(what, why, fix string, err error) *wire.Problem {
	return &wire.Problem{What: fmt.Sprintf("%s at %s: %s", e.doing, e.root.Host, what), Why: why, Fix: fix, Err: err}
}

// particulars are what support asks for.
func (e *errand) particulars(refusal *ServiceError) string {
	var all []string
	if refusal.Streamed {
		all = append(all, "an error inside the stream")
	} else if refusal.Status != 0 {
		all = append(all, "HTTP "+strconv.Itoa(refusal.Status))
	}
	if code := cmp.Or(refusal.Code, refusal.Type); code != "" && code != strconv.Itoa(refusal.Status) {
		all = append(all, code)
	}
	if e.tries > 1 {
		all = append(all, fmt.Sprintf("%d attempts", e.tries))
	}
	if refusal.RequestID != "" {
		all = append(all, "request id "+refusal.RequestID)
	}
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

var (
	audienceWord  = regexp.MustCompile(`audience is incorrect \(([^)]*)\)`)
	audienceURL   = regexp.MustCompile(`^https://[A-Za-z0-9.-]+$`)
	principalWord = regexp.MustCompile("principal [`'\"]?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
	plainWord     = regexp.MustCompile(`^[\w.-]+$`)
)

// otherAPI is what to try where the model does not know an API. The refusal
// does not say which one it knows.
var otherAPI = map[string]string{
	Chat:        "set `api: responses` (the codex and pro models have no chat completions), `api: completions` (instruct models)",
	Responses:   "set `api: chat`",
	Completions: "set `api: chat`, `api: responses`",
	batches:     "set `api: chat` or `api: responses`",
	embeddings:  "ask an embedding model, such as text-embedding-3-small",
}

// fill returns a function that puts the values of this errand and of a refusal into a
// text of the table.
func (e *errand) fill(refusal *ServiceError) func(string) string {
	message := cmp.Or(refusal.Message, "the service gave no reason")
	if refusal.Message == "" && refusal.body != "" {
		message = fmt.Sprintf("its answer begins %q", refusal.body)
	}
	audience := "https://cognitiveservices.azure.com"
	if m := audienceWord.FindStringSubmatch(refusal.Message); m != nil && audienceURL.MatchString(m[1]) {
		audience = m[1]
	}
	principal := `"$(az ad sp show --id ` + shellWord(e.c.ClientID, "<client-id>") + ` --query id --output tsv)"`
	if m := principalWord.FindStringSubmatch(refusal.Message); m != nil {
		principal = m[1]
	}
	return strings.NewReplacer(
		"{message}", message,
		"{audience}", audience,
		"{principal}", principal,
		"{resource}", shellWord(resourceName(e.root), "<resource>"),
		"{deployment}", wire.Line(e.deployment, 100),
		"{location}", cmp.Or(wire.Line(refusal.location, 100), "nowhere"),
		"{categories}", listCategories(refusal.Filtered),
		"{param}", cmp.Or(refusal.Param, "that the message names"),
		"{otherapi}", otherAPI[e.api],
	).Replace
}

// shellWord lets nothing into a command that is more than a word.
func shellWord(s, placeholder string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return placeholder
}

// explain turns the failure of an errand into what is told of it.
func (e *errand) explain(err error) error {
	var told *wire.Problem
	var wait *wire.WaitError
	var service *ServiceError
	var own foreign
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.err
	case errors.As(err, &told):
		return err
	case errors.As(err, &wait):
		return e.explainWait(wait)
	case errors.Is(err, errTimeout):
		return e.explainTimeout(err)
	case errors.As(err, &service):
		return e.explainRefusal(service, err)
	}
	return e.explainRest(err)
}
