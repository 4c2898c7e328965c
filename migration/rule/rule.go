// Package rule is the table of what the migration check looks for: the ids,
// severities, reasons and remedies of its rules.
package rule

import (
	"cmp"
	"slices"
)

// A Rule is one kind of evidence. Its id never changes its meaning.
type Rule struct {
	ID       string
	Name     string   // in a few words, as SARIF and the pages show it
	Severity Severity // of most of its findings; one that is less certain has a lower one
	Reason   string   // one line: why it matters
	Fix      string   // one line: what to do
	Group    Group    // what to do next, for the summary
}

// A Group gathers the rules that are mended in the same way.
type Group string

const (
	Rotate    Group = "Rotate the key, then remove it"
	Delete    Group = "Delete the stored secret"
	Workflows Group = "Change the workflow to the job's identity"
	Code      Group = "Change the code to a token credential"
	Config    Group = "Remove the key from configuration and templates"
	Infra     Group = "Turn key authentication off in Azure"
	Roles     Group = "Narrow the identity's rights"
	Housework Group = "Tidy up what is ignored"
)

const resetKey = "az cognitiveservices account keys regenerate --name ACCOUNT --resource-group GROUP --key-name key1, or key2"

// All lists every rule, by id. Each has a page in docs/rules.
func All() []Rule { return slices.Clone(table) }

// ByID is the rule with an id, and whether there is one.
func ByID(id string) (Rule, bool) {
	i, ok := slices.BinarySearchFunc(table, id, func(r Rule, id string) int { return cmp.Compare(r.ID, id) })
	if !ok {
		return Rule{}, false
	}
	return table[i], true
}

// Known reports whether a rule has this id.
func Known(id string) bool {
	_, ok := ByID(id)
	return ok
}

// table is in the order of the ids, in which ByID searches.
var table = []Rule{
	{"KL001", "Key stored as a secret", Error, "A secret on GitHub is named like an Azure OpenAI or OpenAI key, so a key still exists and any workflow that may read it can use it.", "Delete the secret when nothing reads it any more; workflows take the job's identity instead.", Delete},
	{"KL002", "Key stored as a variable", Error, "A variable on GitHub has the name or the value of a key; everybody who can read the repository's settings or logs can read it.", "Delete the variable and regenerate the key: variables are shown in logs.", Rotate},

	{"KL101", "Workflow passes a key", Error, "A workflow hands a stored key to a step.", "Let the job sign in as itself: keyless-inference/action, or azure/login before the step, with client-id and tenant-id under permissions: id-token: write. Then drop the secret.", Workflows},
	{"KL102", "Workflow passes a secret to an Azure OpenAI step", Warning, "A secret with a general name goes to a step that talks to Azure OpenAI or OpenAI; it is probably a key.", "Use the job's identity in that step, and drop the secret.", Workflows},
	{"KL103", "Workflow passes all secrets on", Warning, "toJSON(secrets), or secrets: inherit to a workflow that takes a key or seems to ask a model, hands every secret on, keys included.", "Name the secrets that the called workflow needs; a key is none of them.", Workflows},
	{"KL104", "Signing in to Azure with a stored secret", Error, "The workflow signs in to Azure with a client secret, which is a key to everything the identity may do.", "Give azure/login client-id, tenant-id and subscription-id under permissions: id-token: write, and delete the credential.", Workflows},
	{"KL105", "Action takes a key as input", Error, "An input of an action is an Azure OpenAI or OpenAI key.", "Use keyless-inference/action, or the action's input for an Entra token, under permissions: id-token: write.", Workflows},

	{"KL201", "Key in the job's environment", Error, "The running job has a key in an environment variable, where every program of the job can read it.", "Remove the variable from env: in the workflow, or from the runner.", Workflows},

	{"KL301", "Client made with a key", Error, "The code makes an Azure OpenAI or OpenAI client that signs in with a key.", "Give the client a token credential: DefaultAzureCredential with the scope https://cognitiveservices.azure.com/.default.", Code},
	{"KL302", "Key read from the environment or configuration", Warning, "The code reads an Azure OpenAI or OpenAI key, so it wants one to exist.", "Read no key: give the client a token credential.", Code},
	{"KL303", "Key in a request header", Error, "A request to Azure OpenAI or OpenAI carries a key in a header.", "Send Authorization: Bearer with an Entra token for https://cognitiveservices.azure.com.", Code},
	{"KL304", "Client takes the key from the environment", Warning, "The client is made without a credential, so the library looks for a key in the environment.", "Give the client a token credential.", Code},
	{"KL305", "Command lists keys", Error, "A command reads the keys of the account; whoever may run it has a key.", "Use az account get-access-token --resource https://cognitiveservices.azure.com where a token is needed.", Code},
	{"KL306", "Configuration has a place for a key", Warning, "A configuration file sets a key or passes one on, so the program that it configures wants one.", "Remove the setting, and configure a token credential.", Config},

	{"KL401", "Azure key", Error, "A key of Azure OpenAI or Azure AI services stands in the file; whoever reads it can use the account.", "Regenerate the key (" + resetKey + "), then remove it here: removing alone leaves it in the history.", Rotate},
	{"KL402", "Azure key of the older form", Error, "32 hexadecimal digits stand beside Azure OpenAI's name or address, as its older keys look.", "If it is a key, regenerate it (" + resetKey + "), then remove it here.", Rotate},
	{"KL403", "OpenAI key", Error, "A key of OpenAI stands in the file; whoever reads it can use the account.", "Revoke the key at platform.openai.com, then remove it here: removing alone leaves it in the history.", Rotate},
	{"KL404", "Key in the history", Error, "A key is in git's history, where everybody who can clone the repository can read it.", "Regenerate the key: taking it out of the history doesn't make it secret again.", Rotate},
	{"KL405", "Key in a settings file", Error, "A settings file that git tracks gives a key a value.", "Regenerate the key, remove the line, and use a token credential.", Rotate},

	{"KL501", "Template reads the account's keys", Error, "The template reads the keys of a Cognitive Services account, so they end up in the deployment's state or outputs.", "Remove the reference, and give the program's identity the role Cognitive Services OpenAI User.", Config},
	{"KL502", "Account takes keys", Error, "The template makes an account that takes keys: it says so or, as a warning, nothing in it turns them off, which is the default.", "Set disableLocalAuth: true (Bicep, ARM) or local_auth_enabled = false (Terraform; in azurerm_ai_services local_authentication_enabled).", Infra},
	{"KL503", "Template passes a key on", Warning, "The template hands a key to an app setting, an output, a vault or an image.", "Remove it, and give the program's identity the role Cognitive Services OpenAI User instead.", Config},

	{"KL601", "Live account takes keys", Error, "The account in Azure answers requests that carry a key.", "Turn key authentication off: az resource update --ids ID --set properties.disableLocalAuth=true.", Infra},
	{"KL602", "Role assigned above the resource", Warning, "The role holds for more than the account: everything below a resource group, subscription or management group.", "Assign it at the account.", Roles},
	{"KL603", "Role can list keys", Error, "The identity has a role that may list or regenerate the account's keys.", "Give it Cognitive Services OpenAI User at the account instead.", Roles},
	{"KL604", "Account has no name of its own", Error, "Without a custom subdomain the account takes no Entra tokens.", "Give it one: az cognitiveservices account update --name ACCOUNT --resource-group GROUP --custom-domain NAME.", Infra},
	{"KL605", "Keys were listed lately", Warning, "Somebody or something listed the account's keys, so something still uses them.", "Find out what did, and change it to a token credential.", Roles},

	{"KL801", "Allowed without a reason", Error, "A keyless:allow comment gives no reason, or its date is past.", "Write keyless:allow RULE until=YYYY-MM-DD reason=…, or mend the finding.", Housework},
}
