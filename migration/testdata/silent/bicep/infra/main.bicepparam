using 'main.bicep'
param openAiEndpoint = 'https://contoso.openai.azure.com'
param openAiKeySecretName = 'azure-openai-key'
param disableLocalAuth = true
