param name string
param kind string = 'AIServices'
@description('Turn key authentication off')
param disableLocalAuth bool = true

resource account 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: name
  kind: kind
  location: resourceGroup().location
  sku: { name: 'S0' }
  properties: {
    // listKeys() was used here: account.listKeys().key1
    disableLocalAuth: disableLocalAuth
  }
}
