resource speech 'Microsoft.CognitiveServices/accounts@2024-10-01' = {
  name: 'speech-live'
  location: resourceGroup().location
  kind: 'SpeechServices'
  sku: { name: 'S0' }
  properties: {
    publicNetworkAccess: 'Enabled'
  }
}

resource settings 'Microsoft.Web/sites/config@2023-12-01' = {
  name: 'captions/appsettings'
  properties: {
    AZURE_OPENAI_ENDPOINT: 'https://contoso.openai.azure.com'
    AZURE_SPEECH_KEY: speech.listKeys().key1
  }
}
