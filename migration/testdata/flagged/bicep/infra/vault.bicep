resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: 'kv-shared'
}

module chat 'chat.bicep' = {
  name: 'chat'
  params: {
    modelKey: vault.getSecret('azure-openai-key')
  }
}
