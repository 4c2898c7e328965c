resource foundry 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
  name: 'fnd-ledger'
  location: 'swedencentral'
  kind: 'AIServices'
  sku: { name: 'S0' }
  identity: { type: 'SystemAssigned' }
  properties: {
    allowProjectManagement: true
    customSubDomainName: 'fnd-ledger'
    disableLocalAuth: false // the portal wants it
  }
}
