package oidc

import "slices"

// An explanation is what people are told about a refusal. Its texts hold
// placeholders, which [facts.replacer] fills:
//
//	{tenant} {client} {authority}        what was configured
//	{issuer} {subject} {audience}        of the ID token that was sent, quoted
//	{received} {times} {hint}            sentences about that token
//	{create} {update}                    az commands for its federated credential
//	{code}                               the number after AADSTS
type explanation struct {
	codes          []int
	what, why, fix string
}

const again = "run the job again; if it stays so, open a support request with the trace id"

// explanations is the one place where words for Entra's codes live.
//
// https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
var explanations = []explanation{
	{
		codes: []int{70025},
		what:  "the application has no federated credential",
		why:   "The application {client} trusts no token from outside yet. {received}",
		fix:   "{create}\nand wait some minutes: Entra's servers learn of it one after the other",
	},
	{
		codes: []int{700213},
		what:  "no federated credential of the application has the subject {subject}",
		why:   "{received}\n{hint}",
		fix:   "{create}",
	},
	{
		codes: []int{7002138},
		what:  "a federated credential has the subject {subject} in other letter case",
		why:   "{received}\nEntra tells upper from lower case. {hint}",
		fix:   "{update}\nif the subject looks the same already, delete that credential and create it anew:\n{create}",
	},
	{
		codes: []int{700211},
		what:  "no federated credential of the application has the issuer {issuer}",
		why: "{received}\nThe issuer has no slash at its end; an enterprise with a slug of its own, ghe.com and " +
			"GitHub Enterprise Server have issuers of their own.",
		fix: "{create}",
	},
	{
		codes: []int{700212},
		what:  "no federated credential of the application has the audience {audience}",
		why:   "{received}\nThe audience belongs to the cloud: the public one wants \"" + DefaultAudience + "\".",
		fix:   "take the inputs audience and environment out or correct them, or accept the audience that was sent:\n{create}",
	},
	{
		codes: []int{70021},
		what:  "no federated credential of the application matches GitHub's token",
		why:   "{received}\n{hint}\nA credential that was created minutes ago is not known to all of Entra's servers yet.",
		fix:   "wait some minutes and run the job again, if this exists already:\n{create}",
	},
	{
		codes: []int{700016},
		what:  "the application {client} is not in the tenant {tenant}",
		why: "The client id belongs to another tenant, or it is an object id in place of the application (client) id, " +
			"or the application has no service principal in this tenant.",
		fix: "az ad sp show --id {client}\nif that finds nothing, though the id and the tenant are right:\naz ad sp create --id {client}",
	},
	{
		codes: []int{90002},
		what:  "there is no tenant {tenant} at {authority}",
		why:   "The tenant id has a mistake in it, or the tenant belongs to another cloud.",
		fix:   "set the input tenant-id to what this prints, and the input environment to your cloud:\naz account show --query tenantId -o tsv",
	},
	{
		codes: []int{900382, 90038},
		what:  "the tenant {tenant} belongs to another cloud than {authority}",
		why:   "Each Azure cloud has sign-in hosts of its own.",
		fix:   "set the input environment to azurecloud, azureusgovernment or azurechinacloud",
	},
	{
		codes: []int{700024},
		what:  "GitHub's token is outside its time of validity",
		why:   "{times} Each exchange gets a new token, so the clocks of this machine, GitHub and Entra are likely to differ.",
		fix:   "compare the runner's clock with the time of day (date -u), set it, and run the job again",
	},
	{
		codes: []int{50013, 500133, 50027, 700027},
		what:  "Entra cannot verify GitHub's token",
		why:   "The token was changed on its way, or its issuer's signing keys cannot be read. {received}",
		fix:   again + "\nthe issuer must serve /.well-known/openid-configuration and its keys to the internet",
	},
	{
		codes: []int{501661, 50166, 90061},
		what:  "Entra cannot reach the issuer {issuer}",
		why:   "Entra reads the issuer's signing keys over the internet. {received}",
		fix: "on GitHub Enterprise Server, open /_services/token/.well-known/openid-configuration and /_services/token/.well-known/jwks " +
			"to the internet; on github.com, run the job again",
	},
	{
		codes: []int{700223, 700238},
		what:  "the tenant {tenant} restricts federated credentials",
		why:   "A policy of the tenant forbids them, or forbids this issuer. {received}",
		fix: "ask the tenant's administrator to allow the issuer {issuer} for workload identity federation, " +
			"or use a user-assigned managed identity if the policy leaves those out",
	},
	{
		codes: []int{7002381},
		what:  "the tenant {tenant} accepts GitHub tokens of certain enterprises only",
		why:   "A policy of the tenant demands an enterprise claim that this token does not have. {received}",
		fix:   "move the repository into the enterprise that the policy names, or ask the tenant's administrator to change the policy",
	},
	{
		codes: []int{700222},
		what:  "the token that was sent is Entra's own, not GitHub's",
		why:   "Entra accepts no token of its own as proof of another identity. {received}",
		fix:   "leave ACTIONS_ID_TOKEN_REQUEST_URL as the runner sets it",
	},
	{
		codes: []int{7000215, 7000222, 7000218},
		what:  "Entra looked for a client secret",
		why:   "The request reached Entra without GitHub's token, or as one of another kind. This program sends no client secret.",
		fix:   "unset AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH, and see that no proxy rewrites the request",
	},
	{
		codes: []int{7000112, 70001},
		what:  "the application {client} is disabled",
		why:   "Somebody switched its sign-in off in the tenant {tenant}.",
		fix:   "az ad sp update --id {client} --set accountEnabled=true",
	},
	{
		codes: []int{53003, 530032},
		what:  "a Conditional Access policy blocks the application {client}",
		why:   "Such policies for workload identities mostly allow certain IP addresses, and a runner hosted by GitHub has another one each time.",
		fix: "run the job on a runner with a fixed address that the policy allows, or ask the tenant's administrator " +
			"to leave the service principal of {client} out of the policy; its object id is what this prints:\n" +
			"az ad sp show --id {client} --query id -o tsv",
	},
	{
		codes: []int{500011, 650057, 70011, 1002012},
		what:  "Entra does not know the scope in the tenant {tenant}",
		why:   "The scope is mistyped, belongs to another cloud, or lacks \"/.default\" at its end.",
		fix:   "take the input scope out (in the public cloud it is https://cognitiveservices.azure.com/.default), and check the input environment",
	},
	{
		codes: []int{50196},
		what:  "Entra stopped a loop of equal requests",
		why:   "The application {client} asked for the same token too often in a short time.",
		fix:   "wait five minutes; run fewer jobs at once with this application, and let one process make many calls",
	},
	{
		codes: []int{90055, 90012, 90033, 50033},
		what:  "Entra is busy or disturbed",
		why:   "The refusal is a passing one.",
		fix:   again,
	},
	{
		codes: []int{100007},
		what:  "the request reached a regional sign-in host",
		why:   "Regional hosts serve Microsoft's own applications and managed identities alone.",
		fix:   "unset AZURE_REGIONAL_AUTHORITY_NAME and MSAL_FORCE_REGION, and set AZURE_AUTHORITY_HOST to https://login.microsoftonline.com",
	},
}

// explanationOf finds r's explanation by its code, else by its status.
func explanationOf(r *Refusal) explanation {
	for _, x := range explanations {
		if slices.Contains(x.codes, r.Code) {
			return x
		}
	}
	x := explanation{what: "Entra refused", why: "{received}", fix: "https://login.microsoftonline.com/error?code={code}"}
	switch {
	case r.Status/100 == 3:
		x.what = "Entra's address redirects, and the token was not sent there"
		x.fix = "set AZURE_AUTHORITY_HOST to the address that answers itself, or take out the proxy that redirects"
	case r.Passing():
		x = explanation{what: "Entra is busy or disturbed", fix: again}
	case r.Code == 0:
		x.fix = "see that {authority} is Entra's address and that no proxy answers in its stead"
	}
	return x
}
