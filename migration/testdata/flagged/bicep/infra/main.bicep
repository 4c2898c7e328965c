module openAi 'core/ai/cognitiveservices.bicep' = {
  name: 'openai'
  params: {
    name: 'oai-main'
    kind: 'OpenAI'
    disableLocalAuth: false
  }
}

module api 'app/api.bicep' = {
  name: 'api'
  params: {
    name: 'api'
    openAiEndpoint: openAi.outputs.endpoint
    openAiApiKey: openAi.outputs.key
  }
}

module keep 'core/security/keyvault-secret.bicep' = {
  name: 'keep'
  params: {
    keyVaultName: 'kv-main'
    name: 'AZURE-OPENAI-KEY'
    secretValue: openAi.outputs.openAiKey
  }
}
