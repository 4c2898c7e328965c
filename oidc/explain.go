package oidc

import (
	"slices"
	"strings"
)

// An explanation is what people are told about a refusal. Its texts hold
// placeholders, which [facts.values] fills:
//
//	{tenant} {client} {authority}        what was configured
//	{issuer} {subject} {audience}        of the token that was sent, quoted
//	{whose} {Whose} {source}             what that token is called, and where it comes from
//	{received} {times} {hint} {issuers}  sentences about that token
//	{create} {update}                    az commands for its federated credential
//	{credential}                         the same, as Bicep
//	{createforcloud} {credentialforcloud} both, with the audience of the cloud
//	{cloudaudience}                      that audience, quoted
//	{code}                               the number after AADSTS
type explanation struct {
	says           []said // one for each code
	what, why, fix string
	declared       string // what fix does, as Bicep or as a part of a workflow; "" where nothing can be declared
	page           string // of the vendor's documentation
}

// What Entra says beside a code, with words in angle brackets for its values.
type said struct {
	code  int
	words string
}

const again = "run the job again; if it stays so, open a support request with the trace id"

// Pages of the vendor's documentation.
const (
	pageFederation = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
	pageTrust      = pageFederation + "-create-trust"
	pageIdentity   = pageTrust + "-user-assigned-managed-identity"
	pageRules      = pageFederation + "-considerations"
	pagePolicy     = pageFederation + "-block-using-azure-policy"
	pageImmutable  = "https://learn.microsoft.com/entra/workload-id/workload-identities-github-immutable-subjects"
	pageCodes      = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
	pageClouds     = "https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud"
	pageAssertion  = "https://learn.microsoft.com/entra/identity-platform/certificate-credentials"
	pageFlow       = "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow"
	pageScopes     = "https://learn.microsoft.com/entra/identity-platform/scopes-oidc"
	pageAccess     = "https://learn.microsoft.com/entra/identity/conditional-access/workload-identity"
	pageGitHub     = "https://docs.github.com/en/actions/reference/security/oidc"
)

// What more than one explanation declares. Words in capitals are to be filled in.
const step = "- uses: keyless-inference/action@v1\n  "

const (
	checkCredential = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion."
	noSignature     = "Request to External OIDC endpoint failed."
)

// explanations is the one place where words for Entra's codes live.
//
// https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
var explanations = []explanation{
	{
		says:     []said{{70025, "The client '<client-id>'(<name>) has no configured federated identity credentials."}},
		what:     "the application has no federated credential",
		why:      "The application {client} trusts no token from outside yet. {received}",
		fix:      "{create}\nand wait some minutes: Entra's servers learn of it one after the other",
		declared: "{credential}", page: pageTrust,
	},
	{
		says:     []said{{700213, "No matching federated identity record found for presented assertion subject '<subject>'. " + checkCredential}},
		what:     "no federated credential of the application has the subject {subject}",
		why:      "{received}\n{hint}",
		fix:      "{create}",
		declared: "{credential}", page: pageImmutable,
	},
	{
		says: []said{{7002138, "No matching federated identity record found for presented assertion subject '<subject>'. " +
			"The subject matches with case-insensitive comparison, but not with case-sensitive comparison."}},
		what:     "a federated credential has the subject {subject} in other letter case",
		why:      "{received}\nEntra tells upper from lower case. {hint}",
		fix:      "{update}\nif the subject looks the same already, delete that credential and create it anew:\n{create}",
		declared: "{credential}", page: pageRules,
	},
	{
		says:     []said{{700211, "No matching federated identity record found for presented assertion issuer '<issuer>'. " + checkCredential}},
		what:     "no federated credential of the application has the issuer {issuer}",
		why:      "{received}\n{issuers}",
		fix:      "{create}",
		declared: "{credential}", page: pageGitHub,
	},
	{
		says: []said{{700212, "No matching federated identity record found for presented assertion audience '<audience>'. " + checkCredential}},
		what: "no federated credential of the application has the audience {audience}",
		why:  "{received}\nThe audience belongs to the cloud: this one wants {cloudaudience}.",
		fix: "take the inputs audience and environment out or correct them, so that the token has the audience {cloudaudience}\n" +
			"if it has that one already, it is the credential that has another; this makes one that fits:\n{createforcloud}",
		declared: "{credentialforcloud}", page: pageRules,
	},
	{
		says: []said{{70021, "No matching federated identity record found for presented assertion. Assertion Issuer: '<issuer>'. " +
			"Assertion Subject: '<subject>'. Assertion Audience: '<audience>'."}},
		what:     "no federated credential of the application matches {whose}",
		why:      "{received}\n{hint}\nA credential that was created minutes ago is not known to all of Entra's servers yet.",
		fix:      "wait some minutes and run the job again, if this exists already:\n{create}",
		declared: "{credential}", page: pageRules,
	},
	{
		says: []said{{700016, "Application with identifier '<client-id>' was not found in the directory '<tenant-id>'."}},
		what: "the application {client} is not in the tenant {tenant}",
		why: "The client id belongs to another tenant, or it is an object id in place of the application (client) id, " +
			"or the application has no service principal in this tenant.",
		fix:      "az ad sp show --id {client}\nif that finds nothing, though the id and the tenant are right:\naz ad sp create --id {client}",
		declared: "extension microsoftGraphV1\n\nresource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {\n  appId: '{client}'\n}\n", page: pageIdentity,
	},
	{
		says:     []said{{90002, "Tenant '<tenant-id>' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."}},
		what:     "there is no tenant {tenant} at {authority}",
		why:      "The tenant id has a mistake in it, or the tenant belongs to another cloud.",
		fix:      "set the input tenant-id to what this prints, and the input environment to your cloud:\naz account show --query tenantId -o tsv",
		declared: step + "with:\n    tenant-id: TENANT\n    environment: azurecloud\n", page: pageClouds,
	},
	{
		says: []said{
			{900382, "Confidential Client is not supported in Cross Cloud request."},
			{90038, "The specified tenant '<tenant-id>' belongs to the National Cloud '<cloud>'. Current cloud instance '<authority>' does not federate with it."},
		},
		what:     "the tenant {tenant} belongs to another cloud than {authority}",
		why:      "Each Azure cloud has sign-in hosts of its own.",
		fix:      "set the input environment to azurecloud, azureusgovernment or azurechinacloud",
		declared: step + "with:\n    environment: azureusgovernment\n", page: pageClouds,
	},
	{
		says: []said{
			{700024, "Client assertion is not within its valid time range. Current time: <time>, assertion valid from <time>, expiry time of assertion <time>."},
			{500133, "Assertion is not within its valid time range."},
		},
		what: "{whose} is outside its time of validity",
		why:  "{times} Each exchange gets a new token, so the clocks of this machine, the token's issuer and Entra are likely to differ.",
		fix:  "compare the runner's clock with the time of day (date -u), set it, and run the job again",
		page: pageAssertion,
	},
	{
		says: []said{
			{50013, "Assertion failed signature validation."},
			{50027, "JWT token is invalid or malformed."},
			{700027, "Client assertion failed signature validation."},
		},
		what: "Entra cannot verify {whose}",
		why:  "The token was changed on its way, or its issuer's signing keys cannot be read. {received}",
		fix:  again + "\nthe issuer must serve /.well-known/openid-configuration and its keys to the internet",
		page: pageAssertion,
	},
	{
		says: []said{{501661, noSignature}, {50166, noSignature}, {90061, noSignature}},
		what: "Entra cannot reach the issuer {issuer}",
		why:  "Entra reads the issuer's signing keys over the internet. {received}",
		fix: "on GitHub Enterprise Server, open /_services/token/.well-known/openid-configuration and /_services/token/.well-known/jwks " +
			"to the internet; on github.com, run the job again",
		page: pageGitHub,
	},
	{
		says: []said{
			{700223, "Federated identity credentials are constrained by a policy of the tenant."},
			{700238, "Tokens issued by issuer '<issuer>' may not be used for federated identity credential flows for applications or managed identities registered in this tenant."},
		},
		what: "the tenant {tenant} restricts federated credentials",
		why:  "A policy of the tenant forbids them, or forbids this issuer. {received}",
		fix: "ask the tenant's administrator to allow the issuer {issuer} for workload identity federation, " +
			"or use a user-assigned managed identity if the policy leaves those out",
		declared: "{credential}", page: pagePolicy,
	},
	{
		says: []said{{7002381, "Federated identity credentials issued by '<issuer>' for applications or managed identities registered in this tenant " +
			"must contain the enterprise claim with value '<enterprise>' but actual value is ''."}},
		what: "the tenant {tenant} accepts GitHub tokens of certain enterprises only",
		why:  "A policy of the tenant demands an enterprise claim that this token does not have. {received}",
		fix:  "move the repository into the enterprise that the policy names, or ask the tenant's administrator to change the policy",
		page: pageGitHub,
	},
	{
		says: []said{{700222, "AAD-issued tokens may not be used for federated identity flows."}},
		what: "the token that was sent as {whose} is Entra's own",
		why:  "Entra accepts no token of its own as proof of another identity. {received}",
		fix:  "leave {source} sets it",
		page: pageRules,
	},
	{
		says: []said{
			{7000215, "Invalid client secret provided."},
			{7000222, "The provided client secret keys for app '<client-id>' are expired."},
			{7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
			{7000216, "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."},
		},
		what:     "Entra looked for a client secret",
		why:      "The request reached Entra without {whose}, or as one of another kind. This program sends no client secret.",
		fix:      "unset AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH, and see that no proxy rewrites the request",
		declared: step + "env:\n    AZURE_CLIENT_SECRET: ''\n    AZURE_CLIENT_CERTIFICATE_PATH: ''\n", page: pageFlow,
	},
	{
		says: []said{
			{900144, "The request body must contain the following parameter: '<parameter>'."},
			{70003, "The app requested an unsupported grant type '<grant>'."},
		},
		what: "the request that reached Entra is not the one that was sent",
		why:  "A part of it is missing or another one, though this program sends it.",
		fix:  "see that no proxy rewrites the request to {authority}, and run the job again",
		page: pageFlow,
	},
	{
		says: []said{
			{7000112, "Application '<client-id>'(<name>) is disabled."},
			{70001, "Application with identifier '<client-id>' is disabled or was not found in the directory '<tenant-id>'."},
		},
		what: "the application {client} is disabled",
		why:  "Somebody switched its sign-in off in the tenant {tenant}.",
		fix:  "az ad sp update --id {client} --set accountEnabled=true",
		page: pageCodes,
	},
	{
		says: []said{
			{53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."},
			{530032, "Access has been blocked by the security policy of the tenant."},
		},
		what: "a Conditional Access policy blocks the application {client}",
		why:  "Such policies for workload identities mostly allow certain IP addresses, and a runner hosted by GitHub has another one each time.",
		fix: "run the job on a runner with a fixed address that the policy allows, or ask the tenant's administrator " +
			"to leave the service principal of {client} out of the policy; its object id is what this prints:\n" +
			"az ad sp show --id {client} --query id -o tsv",
		declared: "jobs:\n  JOB:\n    runs-on: [self-hosted, FIXED_ADDRESS]\n", page: pageAccess,
	},
	{
		says: []said{
			{500011, "The resource principal named <resource> was not found in the tenant named <tenant>."},
			{650057, "Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration."},
			{70011, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid."},
			{1002012, "The provided value for scope <scope> is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."},
		},
		what:     "Entra does not know the scope in the tenant {tenant}",
		why:      "The scope is mistyped, belongs to another cloud, or lacks \"/.default\" at its end.",
		fix:      "take the input scope out (in the public cloud it is https://cognitiveservices.azure.com/.default), and check the input environment",
		declared: step + "with:\n    scope: https://cognitiveservices.azure.com/.default\n", page: pageScopes,
	},
	{
		says:     []said{{50196, "The server terminated an operation because it encountered a client request loop."}},
		what:     "Entra stopped a loop of equal requests",
		why:      "The application {client} asked for the same token too often in a short time.",
		fix:      "wait five minutes; run fewer jobs at once with this application, and let one process make many calls",
		declared: "concurrency:\n  group: entra-{client}\n", page: pageCodes,
	},
	{
		says: []said{
			{90055, "There are too many incoming requests for the tenant."},
			{90012, "The request has timed out."},
			{90033, "A transient error has occurred. Please try again."},
			{50033, "A transient error has occurred. Please try again."},
		},
		what: "Entra is busy or disturbed",
		why:  "The refusal is a passing one.",
		fix:  again,
		page: pageCodes,
	},
	{
		says:     []said{{100007, "AAD Regional ONLY supports auth either for MSIs OR for requests from MSAL using SN+I for 1P apps or 3P apps onboarded to regional."}},
		what:     "the request reached a regional sign-in host",
		why:      "Regional hosts serve Microsoft's own applications and managed identities alone.",
		fix:      "unset AZURE_REGIONAL_AUTHORITY_NAME and MSAL_FORCE_REGION, and set AZURE_AUTHORITY_HOST to https://login.microsoftonline.com",
		declared: step + "env:\n    AZURE_AUTHORITY_HOST: https://login.microsoftonline.com\n    AZURE_REGIONAL_AUTHORITY_NAME: ''\n    MSAL_FORCE_REGION: ''\n", page: pageClouds,
	},
}

// general explains what has none of the codes above; the first that applies is told.
var general = []struct {
	name    string
	applies func(*Refusal) bool
	explanation
}{
	{
		"Entra: HTTP 3xx", func(r *Refusal) bool { return r.Status/100 == 3 },
		explanation{
			what: "Entra's address redirects, and the token was not sent there", why: "{received}",
			fix:  "set AZURE_AUTHORITY_HOST to the address that answers itself, or take out the proxy that redirects",
			page: pageClouds,
		},
	},
	{
		"Entra: HTTP 408, 429 and 5xx", (*Refusal).Passing,
		explanation{what: "Entra is busy or disturbed", fix: again, page: pageCodes},
	},
	{
		"Entra: no code", func(r *Refusal) bool { return r.Code == 0 },
		explanation{what: "Entra refused", why: "{received}", fix: "see that {authority} is Entra's address and that no proxy answers in its stead", page: pageFlow},
	},
	{
		"Entra: any other code", func(*Refusal) bool { return true },
		explanation{what: "Entra refused", why: "{received}", fix: "https://login.microsoftonline.com/error?code={code}", page: pageCodes},
	},
}

// explanationOf finds r's explanation by its code, else by what it is like.
func explanationOf(r *Refusal) explanation {
	for _, x := range explanations {
		if slices.ContainsFunc(x.says, func(s said) bool { return s.code == r.Code }) {
			return x
		}
	}
	for _, g := range general {
		if g.applies(r) {
			return g.explanation
		}
	}
	return explanation{} // not reached: the last one applies to all
}

// declarations are the parts of a workflow that the remedies for GitHub's refusals
// speak of, by words in them.
var declarations = []struct{ words, declared string }{
	{permissionFix, "permissions:\n  contents: read\n  id-token: write\n"},
	{"on-missing-identity: skip", step + "with:\n    on-missing-identity: skip\n"},
	{"auth: azure-cli", step + "with:\n    auth: azure-cli\n"},
	{"auth: " + GitHubOIDC, step + "with:\n    auth: " + GitHubOIDC + "\n"},
	{"auth: " + WorkloadIdentity, step + "with:\n    auth: " + WorkloadIdentity + "\n"},
	{"set one of the inputs client-id, resource-id and object-id", step + "with:\n    auth: " + ManagedIdentity + "\n    client-id: CLIENT_ID\n"},
}

// declaredBy is the first part of a workflow that fix speaks of; "" for none.
func declaredBy(fix string) string {
	for _, d := range declarations {
		if strings.Contains(fix, d.words) {
			return strings.TrimRight(d.declared, "\n")
		}
	}
	return ""
}
