param openAiId string
param principalId string
// The app signs in with its identity; openAiApiKey is no parameter any more.
resource access 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(openAiId, principalId)
  properties: {
    principalId: principalId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd')
  }
}
