param useFoundry bool = true
param allowKeys bool = true

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = if (useFoundry) {
  name: 'ai-conditional'
  location: resourceGroup().location
  kind: useFoundry
    ? 'AIServices'
    : 'TextAnalytics'
  sku: {
    name: 'S0'
  }
  properties: {
    disableLocalAuth: !allowKeys
  }
}

resource settings 'Microsoft.Web/sites/config@2023-12-01' = {
  name: 'site/appsettings'
  properties: {
    AzureOpenAI__Endpoint: account.properties.endpoint
    AzureOpenAI__ApiKey: useFoundry
      ? account.listKeys().key1
      : ''
    'OpenAI:ApiKey': '@Microsoft.KeyVault(SecretUri=https://kv.vault.azure.net/secrets/openai)'
  }
}
