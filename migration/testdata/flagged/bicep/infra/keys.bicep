param vaultName string
param accountName string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: vaultName
}

resource openAi 'Microsoft.CognitiveServices/accounts@2023-05-01' existing = {
  name: accountName
}

resource keySecret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
  parent: vault
  name: 'azure-openai-api-key'
  properties: {
    value: openAi.listKeys().key1
  }
}

#disable-next-line outputs-should-not-contain-secrets
output apiKey string = openAi.listKeys().key2
