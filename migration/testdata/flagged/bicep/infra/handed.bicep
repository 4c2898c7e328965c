targetScope = 'resourceGroup'

@secure()
@description('Key of the account, from the pipeline')
param openAiApiKey string

resource job 'Microsoft.App/jobs@2024-03-01' = {
  name: 'nightly'
  location: resourceGroup().location
  properties: {
    configuration: {
      secrets: [
        {
          name: 'openai-api-key'
          value: openAiApiKey
        }
      ]
    }
    template: {
      containers: [
        {
          name: 'main'
          image: 'contoso.azurecr.io/nightly:latest'
          env: [
            { name: 'OPENAI_API_KEY', secretRef: 'openai-api-key' }
            { name: 'REGION', value: 'westeurope' }
          ]
        }
      ]
    }
  }
}
