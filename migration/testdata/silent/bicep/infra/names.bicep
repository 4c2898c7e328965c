param openAiKeySecretName string = 'azure-openai-key'
param useOpenAiKey bool = false
param openAiKeyVaultName string
param azureOpenAiEndpoint string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: openAiKeyVaultName
}

module api 'api.bicep' = {
  name: 'api'
  params: {
    keyVaultName: vault.name
    endpoint: azureOpenAiEndpoint
    authMode: useOpenAiKey ? 'key' : 'identity'
    secretName: openAiKeySecretName
    openAiApiKey: ''
  }
}
