module openAi 'br/public:avm/res/cognitive-services/account:0.7.2' = {
  name: 'openai'
  params: {
    name: 'oai-verified'
    kind: 'OpenAI'
    customSubDomainName: 'oai-verified'
    deployments: []
    roleAssignments: [
      { roleDefinitionIdOrName: 'Cognitive Services OpenAI User', principalId: 'x' }
    ]
  }
}

module foundry 'br/public:avm/res/cognitive-services/account:0.11.0' = {
  name: 'foundry'
  params: {
    name: 'fnd'
    kind: 'AIServices'
    disableLocalAuth: true
  }
}
