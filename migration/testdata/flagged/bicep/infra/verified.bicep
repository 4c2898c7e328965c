module aoai 'br/public:avm/res/cognitive-services/account:0.10.2' = {
  name: 'aoai'
  params: {
    name: 'oai-verified'
    kind: 'OpenAI'
    customSubDomainName: 'oai-verified'
    disableLocalAuth: false
    secretsExportConfiguration: {
      keyVaultResourceId: vault.id
      accessKey1Name: 'aoai-key'
    }
  }
}
