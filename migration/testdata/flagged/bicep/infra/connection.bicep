param accountName string

resource aiServices 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: accountName
}

resource hub 'Microsoft.MachineLearningServices/workspaces@2024-10-01' existing = {
  name: 'hub'

  resource connection 'connections' = {
    name: 'ai-services'
    properties: {
      category: 'AIServices'
      target: aiServices.properties.endpoint
      authType: 'ApiKey'
      credentials: {
        key: '${aiServices.listKeys().key1}'
      }
    }
  }
}
