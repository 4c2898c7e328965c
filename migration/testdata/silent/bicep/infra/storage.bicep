param openAiEndpoint string
resource storage 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: 'stdocs'
}
resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2024-05-15' existing = {
  name: 'cosmos-docs'
}
var storageKey = storage.listKeys().keys[0].value
var searchKey = listAdminKeys(resourceId('Microsoft.Search/searchServices', 'srch'), '2023-11-01').primaryKey
output storageConnection string = 'DefaultEndpointsProtocol=https;AccountName=stdocs;AccountKey=${storage.listKeys().keys[0].value}'
output cosmosKey string = cosmos.listKeys().primaryMasterKey
output other string = listKeys(resourceId('Microsoft.EventHub/namespaces/authorizationRules', 'ns', 'rule'), '2022-10-01-preview').primaryKey
