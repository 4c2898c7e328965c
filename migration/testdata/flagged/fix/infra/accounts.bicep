param names array

// One an office.
resource offices 'Microsoft.CognitiveServices/accounts@2025-06-01' = [for name in names: {
    name: name
    location: 'swedencentral'
    kind: 'OpenAI'
    sku: { name: 'S0' }
}]

resource lab 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
    name: 'oai-lab'
    location: 'swedencentral'
    kind: 'OpenAI'
    sku: { name: 'S0' }
    properties: { customSubDomainName: 'oai-lab' } // its own name
}

resource plain 'Microsoft.CognitiveServices/accounts@2025-06-01' = {
    name: 'oai-plain'
    location: 'swedencentral'
    kind: 'OpenAI'
    sku: { name: 'S0' }
    properties: {}
}
