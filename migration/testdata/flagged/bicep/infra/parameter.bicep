@description('What kind of account to make')
param kind string = 'OpenAI'
param accountName string
param disableLocalAuth bool = false
param deployments array = []

resource account 'Microsoft.CognitiveServices/accounts@2023-05-01' = {
  name: accountName
  location: resourceGroup().location
  kind: kind
  properties: {
    customSubDomainName: accountName
    disableLocalAuth: disableLocalAuth
  }
  sku: {
    name: 'S0'
  }
}
