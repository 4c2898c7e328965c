// Makes Octo-Org/octo.repo keyless: an identity that its jobs are, and a role at one
// account. Written by keyless setup. Deploy it into the resource group of the account:
//
//   az deployment group create --resource-group 'my-(group)' --name keyless --template-file setup.bicep
//
// Applications are resources of an extension of Bicep, which bicepconfig.json, beside this
// file, names. Who deploys it may register applications.
//
//   {"extensions": {"microsoftGraphV1": "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0"}}

extension microsoftGraphV1

targetScope = 'resourceGroup'

@description('The account that answers at the endpoint.')
param accountName string = 'my-account'

@description('The name of the identity.')
param identityName string = 'keyless'

var issuer = 'https://token.actions.octo.ghe.com'
var audience = 'api://AzureADTokenExchangeUSGov'

// Who may be that identity: a job with exactly one of these subjects.
var credentials = [
  {
    name: 'branch-release-1-0-x-f09f23a2'
    subject: 'repo:Octo-Org@1/octo.repo@2:ref:refs/heads/release/1.0+x'
  }
  {
    name: 'environment-prod-it-s-a-b-c-d-e-28597350'
    subject: 'repo:Octo-Org@1/octo.repo@2:environment:prod%3A it\'s \${a} %{b} "c" \\d ‘e’'
  }
  {
    name: 'environment-staging-6d9de2f1'
    subject: 'repo:Octo-Org@1/octo.repo@2:environment:staging'
  }
  {
    name: 'pull-request-a609b73f'
    subject: 'repo:Octo-Org@1/octo.repo@2:pull_request'
  }
  {
    name: 'tag-v1-57910821'
    subject: 'repo:Octo-Org@1/octo.repo@2:ref:refs/tags/v1'
  }
]

// Cognitive Services OpenAI Contributor
var roleId = 'a001fd3d-188f-4b5d-821b-7da978bf7442'

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: accountName
}

resource application 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: identityName
  displayName: identityName
  signInAudience: 'AzureADMyOrg'
}

resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: application.appId
}

@batchSize(1)
resource credential 'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0' = [
  for c in credentials: {
    name: '${application.uniqueName}/${c.name}'
    issuer: issuer
    subject: c.subject
    audiences: [audience]
  }
]

// At the account and nowhere else.
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, identityName, roleId)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    principalId: principal.id
    principalType: 'ServicePrincipal'
  }
}

output clientId string = application.appId
output tenantId string = tenant().tenantId

// What is not in this file:
//
// 1. Variables of the repository, not secrets, with the two outputs:
//      gh variable set AZURE_CLIENT_ID --repo 'octo.ghe.com/Octo-Org/octo.repo' --body CLIENT-ID
//      gh variable set AZURE_TENANT_ID --repo 'octo.ghe.com/Octo-Org/octo.repo' --body TENANT-ID
//      gh variable set AZURE_OPENAI_ENDPOINT --repo 'octo.ghe.com/Octo-Org/octo.repo' --body 'https://gateway.example.com/ai'\''s'
//      gh variable set AZURE_OPENAI_DEPLOYMENT --repo 'octo.ghe.com/Octo-Org/octo.repo' --body 'gpt-4o-mini'
//
// 2. The workflow, .github/workflows/keyless.yml, whose first step is keyless doctor, which proves
//    the chain (keyless setup --format workflow writes it alone):
//
// # Asks gpt-4o-mini with no key anywhere: GitHub's token for this very job is
// # exchanged for one of Microsoft Entra, and nothing of it is stored.
// name: Keyless
// on:
//   workflow_dispatch:
//   push:
//     branches: ['release/1.0\+x']
//     paths: [.github/workflows/keyless.yml]
//     tags: ['v1']
//   pull_request:
//     paths: [.github/workflows/keyless.yml]
//
// permissions:
//   id-token: write # lets the job ask GitHub for its token
//
// jobs:
//   keyless:
//     # GitHub gives no token to jobs for pull requests from forks.
//     if: github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository
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
//           environment: azureusgovernment
//       - id: ask
//         uses: keyless-inference/action@v1
//         with:
//           environment: azureusgovernment
//           prompt: Write one sentence of praise for people who delete API keys.
//       - env:
//           RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
//         run: printf '%s\n' "$RESPONSE"
//   in-environment:
//     strategy:
//       matrix:
//         environment: ['prod: it''s ${a} %{b} "c" \d ‘e’', 'staging']
//     environment: ${{ matrix.environment }}
//     # GitHub gives no token to jobs for pull requests from forks.
//     if: github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository
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
//           environment: azureusgovernment
//       - id: ask
//         uses: keyless-inference/action@v1
//         with:
//           environment: azureusgovernment
//           prompt: Write one sentence of praise for people who delete API keys.
//       - env:
//           RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
//         run: printf '%s\n' "$RESPONSE"
//
// 3. The last step: keys. They stay on, as --keep-keys said. When nobody uses one any more, put disableLocalAuth: true
//    into the properties of the account where it is declared: a file that only refers to the account
//    can't set it. Whoever still uses a key is locked out then: run keyless check first. At once:
//      az resource update --ids "$(az cognitiveservices account show --resource-group 'my-(group)' --name my-account --query id --output tsv)" --set properties.disableLocalAuth=true
