param documentIntelligenceName string
resource documentIntelligence 'Microsoft.CognitiveServices/accounts@2023-05-01' existing = {
  name: documentIntelligenceName
}
resource translator 'Microsoft.CognitiveServices/accounts@2023-05-01' = {
  name: 'trans'
  kind: 'TextTranslation'
  location: 'global'
  sku: { name: 'S1' }
  properties: { disableLocalAuth: false }
}
output formKey string = documentIntelligence.listKeys().key1
output translatorKey string = translator.listKeys().key1
