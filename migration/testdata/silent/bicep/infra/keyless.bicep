resource openAi 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: 'oai-keyless'
  location: resourceGroup().location
  kind: 'OpenAI'
  sku: { name: 'S0' }
  properties: {
    customSubDomainName: 'oai-keyless'
    disableLocalAuth: true
  }
}

resource user 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(openAi.id, 'user')
  scope: openAi
  properties: {
    principalId: '00000000-0000-0000-0000-000000000000'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd')
  }
}
