param planId string
param openAiName string

var accountId = resourceId('Microsoft.CognitiveServices/accounts', openAiName)

resource site 'Microsoft.Web/sites@2023-12-01' = {
  name: 'summaries'
  location: resourceGroup().location
  properties: {
    serverFarmId: planId
    siteConfig: {
      appSettings: [
        {
          name: 'AZURE_OPENAI_ENDPOINT'
          value: reference(accountId, '2023-05-01').endpoint
        }
        {
          name: 'AZURE_OPENAI_API_KEY'
          value: listKeys(accountId, '2023-05-01').key1
        }
        {
          name: 'AZURE_OPENAI_KEY_FALLBACK'
          value: listKeys(resourceId('Microsoft.CognitiveServices/accounts', openAiName), '2023-05-01').key2
        }
      ]
    }
  }
}
