package scan

import "slices"

// evidence is what a text says about the service that its keys are for.
type evidence struct {
	azure  bool // the address of an Azure OpenAI or Azure AI resource, or Azure OpenAI's name
	openai bool // OpenAI's name, or its address
	entra  bool // a token of Microsoft Entra is got for the service
	other  bool // a client is pointed at another service that speaks OpenAI's protocol
}

// The words, in lower case, by which texts give evidence.
var (
	azureWords  = []string{".openai.azure.", ".services.ai.azure.", "completions?api-version", "azureopenai", "azure_openai", "azure-openai", "azure openai", "azure.ai.openai", "azure_oai", "aoai", "azopenai", "openai_api_type", "openai.api_type", "@ai-sdk/azure", "azure/gpt", "services.ai.azure", "azure-rest/ai-inference", "azure.ai.inference"}
	sharedWords = []string{".cognitiveservices.azure.", "api.cognitive.microsoft."} // hosts that all services of Azure AI have
	modelWords  = []string{"gpt-", "text-embedding-"}                               // what else but OpenAI's service has there
	openaiWords = []string{"openai", "open_ai", "open-ai"}
	entraWords  = []string{"azure_ad_token", "azureadtoken", "get_bearer_token_provider", "getbearertokenprovider", "defaultazurecredential", "cognitiveservices.azure.com/.default", "cognitiveservices.azure.com/\"", "managedidentitycredential", "azureclicredential", "workloadidentitycredential", "clientsecretcredential", "chainedtokencredential", "azure.identity", "azure_ad", "acquire_token", "acquiretoken", "tokencredential", "ai.azure.com/.default"}
	otherWords  = []string{"models.github.ai", "models.inference.ai.azure.com", "api.groq.com", "api.deepseek.com", "openrouter.ai", "api.together", "api.mistral.ai", "localhost:11434", "localhost:1234", "dashscope", "api.x.ai", "generativelanguage.googleapis", "api.moonshot", "integrate.api.nvidia", "api.fireworks.ai", "api.perplexity.ai", "api.siliconflow", "bigmodel.cn", "anthropic.com"}

	evidenceWords = newWordSet(slices.Concat(azureWords, sharedWords, modelWords, openaiWords, entraWords, otherWords)...)
)

// evidence reads the whole text once.
func (t *text) evidence() *evidence {
	if t.facts == nil {
		seen := evidenceWords.seen(t.data)
		next := func(words []string) bool {
			found := slices.Contains(seen[:len(words)], true)
			seen = seen[len(words):]
			return found
		}
		azure, shared, model, openai := next(azureWords), next(sharedWords), next(modelWords), next(openaiWords)
		t.facts = &evidence{azure: azure || shared && (openai || model), openai: openai, entra: next(entraWords), other: next(otherWords)}
	}
	return t.facts
}
