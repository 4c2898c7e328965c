package inference

// A cause explains one kind of refusal. It fits when everything that is set
// fits. The texts hold the placeholders of [errand.fill].
type cause struct {
	status int    // exact; below 10 the first digit alone
	or     int    // another status, just as well; 0 for none
	code   string // exact
	words  string // part of the message, in any case
	api    string // of the errand

	says           string // the service's words, with words in angle brackets for its values; "" where they vary
	what, why, fix string
	declared       string // what fix does, as Bicep or as a part of a workflow; "" where nothing can be declared
	page           string // of the vendor's documentation
}

// Commands that more than one cause ends with.
const (
	atResource   = ` --assignee-object-id {principal} --assignee-principal-type {type} --scope {scope}`
	grantRole    = `az role assignment create --role "Cognitive Services OpenAI User"` + atResource
	grantBatches = `az role assignment create --role "Cognitive Services OpenAI Contributor"` + atResource
	grantProject = `az role assignment create --role "Azure AI User"` + atResource
	listNames    = "az cognitiveservices account deployment list {ingroup} --output table"
	showAccess   = "az cognitiveservices account show {ingroup}" + ` --query "properties.{public:publicNetworkAccess,rules:networkAcls}"`
	moreQuota    = "lower the load, or raise the deployment's capacity: https://aka.ms/oai/quotaincrease"
	listBatch    = "az cognitiveservices account deployment list {ingroup}" + ` --query "[?contains(sku.name,'Batch')].name"`
	wrongAPI     = "{otherapi}, or name a deployment of another model:\n" + listNames
	newRole      = "\na new assignment takes up to 5 minutes to be seen, at times longer"
)

// What more than one cause declares. Words in capitals are to be filled in.
const (
	theAccount = "resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {\n  name: '{account}'\n}\n\n"
	changed    = "// among the properties of the account, whose other values stay as they are:\n"

	userRole        = theAccount + roleBegins + "'5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'" + roleGoesOn + "'5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'" + roleEnds
	contributorRole = theAccount + roleBegins + "'a001fd3d-188f-4b5d-821b-7da978bf7442'" + roleGoesOn + "'a001fd3d-188f-4b5d-821b-7da978bf7442'" + roleEnds
	projectRole     = theAccount + roleBegins + "'53ca6127-db72-4b80-b1b0-d745d6d5456d'" + roleGoesOn + "'53ca6127-db72-4b80-b1b0-d745d6d5456d'" + roleEnds

	roleBegins = "resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = {\n  scope: account\n  name: guid(account.id, '{oid}', "
	roleGoesOn = ")\n  properties: {\n    principalId: '{oid}'\n    principalType: '{type}'\n    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', "
	roleEnds   = ")\n  }\n}\n"

	deploymentOf = theAccount + "resource deployment 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01' = {\n  parent: account\n  name: '{deploymentname}"
	ofSKU        = "'\n  sku: {\n    name: "
	ofModel      = "\n  }\n  properties: {\n    model: {\n      format: 'OpenAI'\n      name: '{model}'\n      version: '{version}'\n    }\n  }\n}\n"
	newOne       = deploymentOf + ofSKU + "'GlobalStandard'\n    capacity: 10" + ofModel
	batchOne     = deploymentOf + "-batch" + ofSKU + "'GlobalBatch'\n    capacity: 10" + ofModel
	moreBatches  = deploymentOf + ofSKU + "'{batchsku}'\n    capacity: {morecapacity}" + ofModel
	moreCapacity = deploymentOf + ofSKU + "'{sku}'\n    capacity: {morecapacity}" + ofModel

	firewallRule = changed + "publicNetworkAccess: 'Enabled'\nnetworkAcls: {\n  defaultAction: 'Deny'\n  ipRules: [\n    {\n      value: 'ADDRESS_OF_THE_RUNNER'\n    }\n  ]\n}\n"
	subdomain    = changed + "customSubDomainName: 'NAME'\n"

	step       = "- uses: keyless-inference/action@v1\n  with:\n"
	rootOnly   = step + "    endpoint: https://RESOURCE.openai.azure.com\n"
	twoClients = step + "    tenant-id: TENANT_OF_THE_RESOURCE\n    client-id: {client}\n"
)

// Pages of the vendor's documentation.
const (
	pageFoundry    = "https://learn.microsoft.com/azure/ai-foundry/openai/"
	pageRoles      = pageFoundry + "how-to/role-based-access-control"
	pageEntra      = pageFoundry + "how-to/managed-identity"
	pageBatch      = pageFoundry + "how-to/batch"
	pageQuota      = pageFoundry + "how-to/quota"
	pageReference  = pageFoundry + "reference"
	pageVersions   = pageFoundry + "api-version-lifecycle"
	pageDeployment = pageFoundry + "how-to/create-resource"
	pageResponses  = pageFoundry + "how-to/responses"
	pageFilter     = pageFoundry + "concepts/content-filter"
	pageSchema     = pageFoundry + "how-to/structured-outputs"
	pageEmbeddings = pageFoundry + "how-to/embeddings"
	pageNetwork    = "https://learn.microsoft.com/azure/ai-services/cognitive-services-virtual-networks"
	pageSubdomain  = "https://learn.microsoft.com/azure/ai-services/cognitive-services-custom-subdomains"
	pageKeys       = "https://learn.microsoft.com/azure/ai-services/disable-local-auth"
	pageClaims     = "https://learn.microsoft.com/entra/identity-platform/claims-challenge"
)

// causes is every refusal that is known, the special before the general. The
// first that fits is told.
var causes = []cause{
	{
		status: 3, what: "the service sent the request elsewhere",
		why:      "it redirects to {location}, and a token is never carried to another address",
		fix:      "set `endpoint` to the address of the resource itself, such as https://<resource>.openai.azure.com, or of a gateway that does not redirect",
		declared: rootOnly, page: pageReference,
	},

	{
		status: 403, or: 401, words: "firewall", what: "the resource's firewall refuses this machine",
		says:     "Access denied due to Virtual Network/Firewall rules.",
		why:      "its network rules do not name the address that the request came from ({message})",
		fix:      "run the job inside the network, or allow the address:\naz cognitiveservices account network-rule add {ingroup} --ip-address ADDRESS_OF_THE_RUNNER\n" + showAccess,
		declared: firewallRule, page: pageNetwork,
	},
	{
		status: 401, code: moreClaims, what: "the service does not accept the token, nor a newer one",
		says: `WWW-Authenticate: Bearer realm="", authorization_uri="<authority>", error="insufficient_claims", claims="<claims>"`,
		why:  "something about the identity has changed, its rights, its state or the address it may come from, and the token that Entra made since does not satisfy the service either ({message})",
		fix:  "see whether the identity is still enabled, and which Conditional Access policies hold for it; then run it again:\n{showprincipal} --query accountEnabled",
		page: pageClaims,
	},
	{
		status: 401, words: "audience is incorrect", what: "the service does not accept the token",
		says:     "Unauthorized. Access token is missing, invalid, audience is incorrect (<audience>), or have expired.",
		why:      "the token was made for another service, another cloud or is out of date; this one wants the audience {audience}",
		fix:      "set `scope: {audience}/.default`, and `environment` when the resource is in a sovereign cloud",
		declared: step + "    scope: {audience}/.default\n", page: pageEntra,
	},
	{
		status: 401, code: "PermissionDenied", api: batches, what: "the identity has no role that allows batches",
		says:     "The principal `<principal-id>` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/<action>` to perform `<operation>` operation.",
		why:      "the token is good, but its principal lacks the data action; files and batches need more than asking a deployment does ({message})",
		fix:      grantBatches + newRole,
		declared: contributorRole, page: pageRoles,
	},
	{
		status: 401, code: "PermissionDenied", words: "accounts/aiservices/", what: "the identity has no role on the Foundry resource",
		says:     "The principal `<principal-id>` lacks the required data action `Microsoft.CognitiveServices/accounts/AIServices/<action>` to perform `<operation>` operation.",
		why:      "the token is good, but a Foundry project asks for data actions that the roles for Azure OpenAI leave out ({message})",
		fix:      grantProject + "\nthe role is called \"Foundry User\" in newer tenants" + newRole,
		declared: projectRole, page: pageRoles,
	},
	{
		status: 401, code: "PermissionDenied", what: "the identity has no role on the resource",
		says: "The principal `<principal-id>` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/<action>` to perform `<operation>` operation.\n" +
			"Principal does not have access to API/Operation.",
		why:      "the token is good, but its principal lacks the data action; Owner and Contributor do not include it ({message})",
		fix:      grantRole + newRole,
		declared: userRole, page: pageRoles,
	},
	{
		status: 401, words: "subscription key", what: "the service asked for an API key",
		says:     "Access denied due to invalid subscription key or wrong API endpoint.",
		why:      "this host or gateway did not take the Entra token as one ({message})",
		fix:      "set `endpoint` to the resource's own address; a gateway must pass the Authorization header on, and may need `custom-headers`",
		declared: rootOnly, page: pageEntra,
	},
	{
		status: 401, what: "the service does not accept the token", why: "{message}",
		fix:      "check `tenant-id`, `client-id` and `scope`; behind a gateway, check its policy on the Authorization header",
		declared: twoClients, page: pageEntra,
	},

	{
		status: 403, words: "private endpoint", what: "the resource is reachable from inside its network alone",
		says:     "Public access is disabled. Please configure private endpoint.",
		why:      "its public access is off ({message})",
		fix:      "run the job on a runner inside the virtual network, or open public access for chosen addresses:\n" + showAccess,
		declared: firewallRule, page: pageNetwork,
	},
	{
		status: 403, words: "temporarily blocked", what: "Microsoft has suspended the resource",
		says: "Your resource has been temporarily blocked because we detected behavior that may violate our content policy.",
		why:  "{message}", fix: "ask Azure support, with the request id", page: pageFilter,
	},
	{
		status: 403, code: "AuthenticationTypeDisabled", what: "something on the way added an API key",
		says: "Key based authentication is disabled for this resource.",
		why:  "the resource takes Entra tokens alone, as it should, and the request carried a key; it left here without one",
		fix:  "remove the api-key header from the policy of the gateway in front of the resource", page: pageKeys,
	},
	{
		status: 403, what: "the service forbids the request", why: "{message}",
		fix:      "check the resource's network rules and the identity's roles:\n" + showAccess + "\n" + grantRole,
		declared: userRole, page: pageNetwork,
	},

	{
		words: "token_limit_exceeded", what: "the batches in the queue hold as many tokens as the deployment may have",
		says: "token_limit_exceeded: Enqueued token limit reached for <deployment>",
		why:  "{message}", fix: "wait until earlier batches are over, send fewer requests in one, or raise the quota of enqueued tokens: https://aka.ms/oai/quotaincrease",
		declared: moreBatches, page: pageBatch,
	},
	{
		code: "model_not_found", api: batches, what: "the deployment that the requests name is no batch deployment",
		says: "model_not_found", why: "batches need a deployment of type GlobalBatch or DataZoneBatch, under its own name ({message})", fix: listBatch,
		declared: batchOne, page: pageBatch,
	},
	{
		code: "too_many_tasks", api: batches, what: "the batch has too many requests",
		says: "too_many_tasks", why: "{message}", fix: "send at most 100,000 in one batch", page: pageBatch,
	},
	{code: "empty_file", api: batches, what: "the batch has no requests", says: "empty_file", why: "{message}", fix: "check that the input selects something", page: pageBatch},
	{code: "duplicate_custom_id", api: batches, what: "two requests have the same id", says: "duplicate_custom_id", why: "{message}", fix: "give every request an id of its own", page: pageBatch},
	{
		code: "model_mismatch", api: batches, what: "the requests name more than one deployment",
		says: "model_mismatch", why: "{message}", fix: "send the requests of each deployment as a batch of their own", page: pageBatch,
	},
	{
		code: "url_mismatch", api: batches, what: "the requests are for more than one API",
		says: "url_mismatch", why: "{message}", fix: "send the requests of each `api` as a batch of their own", page: pageBatch,
	},
	{code: "invalid_json_line", api: batches, what: "a line of the file is no request", says: "invalid_json_line", why: "{message}", fix: "send the file as it was written, one JSON object a line, in UTF-8", page: pageBatch},
	{code: "invalid_request", api: batches, what: "a request in the file is not valid", says: "invalid_request", why: "{message}", fix: "check its parameters against what the model takes", page: pageBatch},
	{code: "input_modified", api: batches, what: "the file was changed before it was read", says: "input_modified", why: "{message}", fix: "create the batch again", page: pageBatch},
	{
		code: "input_no_permissions", api: batches, what: "the service may not read the file", says: "input_no_permissions", why: "{message}",
		fix: "upload the file to this resource, or let the resource's own identity read the storage it lies in", page: pageBatch,
	},
	{
		code: "batch_expired", api: batches, what: "the batch was over before this request was answered",
		says: "batch_expired", why: "{message}", fix: "send the request again", page: pageBatch,
	},
	{
		code: "batch_cancelled", api: batches, what: "the batch was cancelled before this request was answered",
		says: "batch_cancelled", why: "{message}", fix: "send the request again", page: pageBatch,
	},
	{
		status: 404, code: "DeploymentNotFound", what: "the resource has no deployment of that name",
		says:     "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
		why:      "{deployment} must be the name of the deployment, which need not be the model's; one made in the last 5 minutes may not be seen yet",
		fix:      listNames,
		declared: newOne, page: pageDeployment,
	},
	{
		status: 404, api: batches, what: "the resource has no such batch or file",
		why: "it may have been deleted, be of another resource, or have expired ({message})", fix: "check the batch's id and `endpoint`; batches do not exist in every cloud and region", page: pageBatch,
	},
	{
		status: 404, what: "the service has no such route",
		says:     "Resource not found",
		why:      "the endpoint must be the resource's root, and an api-version must exist ({message})",
		fix:      "set `endpoint` to an address such as https://<resource>.openai.azure.com and leave `api-version` out",
		declared: rootOnly, page: pageReference,
	},

	{
		status: 400, words: "does not match resource t", what: "the token is from another tenant than the resource",
		says: "Tenant provided in token does not match resource token\nToken tenant <tenant-id> does not match resource tenant.", why: "{message}",
		fix:      "set `tenant-id` to the resource's tenant:\naz account show --query tenantId --output tsv",
		declared: twoClients, page: pageEntra,
	},
	{
		status: 400, words: "custom subdomain", what: "the resource has no subdomain of its own",
		says:     "Please provide a custom subdomain for token authentication, otherwise API key is required.",
		why:      "Entra tokens are accepted only on one",
		fix:      "az cognitiveservices account update --name {name} --resource-group {group} --custom-domain NAME\nendpoint: https://NAME.openai.azure.com",
		declared: subdomain, page: pageSubdomain,
	},
	{
		status: 400, words: "api-version query parameter is not allowed", what: "the service refuses an api-version on /openai/v1/",
		says: "api-version query parameter is not allowed when using /v1 path",
		why:  "none was sent from here, so something on the way added it", fix: "remove it from the policy of the gateway in front of the resource", page: pageVersions,
	},
	{
		status: 400, words: "api version", what: "the api-version does not fit", why: "{message}",
		says: "<parameter> value as <value> is enabled only for api versions <version> and later",
		fix:  "leave `api-version` out: /openai/v1/ has every feature", page: pageVersions,
	},
	{
		status: 400, words: "api-version", what: "the api-version does not fit", why: "{message}",
		fix: "leave `api-version` out: /openai/v1/ has every feature", page: pageVersions,
	},
	{
		status: 400, code: "OperationNotSupported", what: "the model does not know this API",
		says: "The <operation> operation does not work with the specified model, <deployment>. Please choose different model and try again.",
		why:  "{message}", fix: wrongAPI,
		declared: "{otherway}", page: pageResponses,
	},
	{
		status: 400, words: "model not supported", api: Responses, what: "the model does not know this API", why: "{message}", fix: wrongAPI,
		says: "Model not supported", declared: "{otherway}", page: pageResponses,
	},
	{
		status: 400, code: "content_filter", what: "the content filter stopped the prompt",
		says: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
		why:  "{categories}", fix: "change the prompt, or the content filter of the deployment; a filtered prompt is billed", page: pageFilter,
	},
	{
		status: 400, code: manyTokens, what: "the inputs are too many tokens for one request", why: "{message}",
		says: manyTokens, fix: "send fewer or shorter texts in a request", page: pageEmbeddings,
	},
	{
		status: 400, words: "maximum input length", what: "an input is longer than the model takes", why: "{message}",
		says: "<input> maximum input length is <number> tokens", fix: "shorten it, or have it split with `chunk-tokens`", page: pageEmbeddings,
	},
	{
		status: 400, words: "maximum context length", api: Embeddings, what: "an input is longer than the model takes", why: "{message}",
		says: "This model's maximum context length is <number> tokens", fix: "shorten it, or have it split with `chunk-tokens`", page: pageEmbeddings,
	},
	{
		status: 400, code: "context_length_exceeded", what: "the prompt is too long for the model", why: "{message}",
		says: "This model's maximum context length is <number> tokens. However, your messages resulted in <number> tokens. Please reduce the length of the messages.",
		fix:  "shorten the input, or name a deployment of a model with a larger context", page: pageDeployment,
	},
	{
		status: 400, words: "invalid schema", what: "the service does not take the JSON schema", why: "{message}",
		says: "Invalid schema for response_format '<name>': <reason>",
		fix:  "in strict mode every object needs `additionalProperties: false` and all of its properties in `required`; or set `strict: false`, and the answer is validated here all the same", page: pageSchema,
	},
	{
		status: 400, words: "must contain the word 'json'", what: "json_object needs the word JSON in the prompt", why: "{message}",
		says: "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
		fix:  "ask for JSON in the prompt, or give a `json-schema`", page: pageSchema,
	},
	{
		status: 400, what: "the service calls the request wrong", why: "{message}",
		fix: "check the parameter {param} and the prompt against what the model takes", page: pageReference,
	},

	{status: 409, what: "the service is busy with another request", says: "The request conflicts with another one.", why: "{message}", fix: "try again later", page: pageReference},
	{status: 413, what: "the request is too large", why: "{message}", fix: "shorten the prompt", page: pageQuota},
	{status: 408, what: "the service took too long", says: "The operation was timeout.", why: "{message}", fix: "ask for less at once, or try again later", page: pageReference},
	{
		status: 429, code: "no_capacity", what: "the service has no room for a request of this size",
		says: "The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load.",
		why:  "this is about the region's load and the size of the request, not about your quota ({message})",
		fix:  "set a smaller `max-completion-tokens`, shorten the prompt, or use provisioned throughput", page: pageQuota,
	},
	{
		status: 429, what: "the deployment's rate limit is used up", why: "{message}", fix: "{wait}" + moreQuota,
		says:     "Your requests to <deployment> for <model> in <region> have exceeded the <bucket> rate limit for your current OpenAI S0 pricing tier.",
		declared: moreCapacity, page: pageQuota,
	},
	{status: 431, what: "there are too many headers", why: "the service takes at most 10 custom ones", fix: "remove some `custom-headers`", page: pageQuota},
	{
		status: 5, what: "the service failed", why: "{message}", says: "The server had an error processing your request.",
		fix: "try again later; https://azure.status.microsoft shows outages, and Azure support asks for the request id", page: pageReference,
	},
	{
		what: "the service gave no usable answer", why: "{message}", fix: "check that `endpoint` is the address of an Azure OpenAI resource, or of a gateway in front of one",
		declared: rootOnly, page: pageReference,
	},
}
