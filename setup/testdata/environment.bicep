// Makes my-org/my-repo keyless: an identity that its jobs are, and a role at one
// account. Written by keyless setup. Deploy it into the resource group of the account:
//
//   az deployment group create --resource-group 'ai' --name keyless --template-file setup.bicep

targetScope = 'resourceGroup'

// This shows it: az cognitiveservices account list --query "[?properties.customSubDomainName=='my-resource'].[resourceGroup, name]"
@description('The account that answers at the endpoint.')
param accountName string

@description('The name of the identity.')
param identityName string = 'keyless-my-org-my-repo'

param location string = 'chinaeast2'

var issuer = 'https://github.example.com/_services/token'
var audience = 'api://AzureADTokenExchangeChina'

// Who may be that identity: a job with exactly one of these subjects.
var credentials = [
  {
    name: 'environment-production-1c206a17'
    subject: 'repo:my-org@12/my-repo@34:environment:production'
  }
]

// Cognitive Services OpenAI User
var roleId = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: accountName
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: identityName
  location: location
}

// One after the other: Azure refuses to write two credentials of an identity at once.
@batchSize(1)
resource credential 'Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31' = [
  for c in credentials: {
    parent: identity
    name: c.name
    properties: {
      issuer: issuer
      subject: c.subject
      audiences: [audience]
    }
  }
]

// At the account and nowhere else.
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, identityName, roleId)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
  }
}

output clientId string = identity.properties.clientId
output tenantId string = tenant().tenantId

// What is not in this file:
//
// 1. Variables of the repository, not secrets, with the two outputs:
//      gh variable set AZURE_CLIENT_ID --repo 'github.example.com/my-org/my-repo' --body CLIENT-ID
//      gh variable set AZURE_TENANT_ID --repo 'github.example.com/my-org/my-repo' --body TENANT-ID
//      gh variable set AZURE_OPENAI_ENDPOINT --repo 'github.example.com/my-org/my-repo' --body 'https://my-resource.services.ai.azure.cn'
//      gh variable set AZURE_OPENAI_DEPLOYMENT --repo 'github.example.com/my-org/my-repo' --body 'chat'
//
// 2. The workflow, .github/workflows/keyless.yml, whose first step is keyless doctor, which proves
//    the chain (keyless setup --format workflow writes it alone):
//
// # Asks chat with no key anywhere: GitHub's token for this very job is
// # exchanged for one of Microsoft Entra, and nothing of it is stored.
// name: Keyless
// on:
//   workflow_dispatch:
//
// permissions:
//   id-token: write # lets the job ask GitHub for its token
//
// jobs:
//   in-environment:
//     strategy:
//       matrix:
//         environment: ['production']
//     environment: ${{ matrix.environment }}
//     runs-on: ubuntu-latest
//     timeout-minutes: 10
//     env: # variables of the repository, not secrets: none of them is one
//       AZURE_CLIENT_ID: ${{ vars.AZURE_CLIENT_ID }}
//       AZURE_TENANT_ID: ${{ vars.AZURE_TENANT_ID }}
//       AZURE_OPENAI_ENDPOINT: ${{ vars.AZURE_OPENAI_ENDPOINT }}
//       AZURE_OPENAI_DEPLOYMENT: ${{ vars.AZURE_OPENAI_DEPLOYMENT }}
//     steps:
//       # Walks the chain link by link, and says of what is wrong how to mend it.
//       - uses: keyless-inference/action/doctor@v1
//         with:
//           environment: azurechinacloud
//       - id: ask
//         uses: keyless-inference/action@v1
//         with:
//           environment: azurechinacloud
//           prompt: Write one sentence of praise for people who delete API keys.
//       - env:
//           RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
//         run: printf '%s\n' "$RESPONSE"
//
// 3. The last step: keys. When the workflow has passed, put disableLocalAuth: true
//    into the properties of the account where it is declared: a file that only refers to the account
//    can't set it. Whoever still uses a key is locked out then: run keyless check first. At once:
//      az resource update --ids "$(az cognitiveservices account show --resource-group 'ai' --name ACCOUNT --query id --output tsv)" --set properties.disableLocalAuth=true
