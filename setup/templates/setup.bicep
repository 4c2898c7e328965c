// Makes {{.Repository}} keyless: an identity that its jobs are, and a role at one
// account. Written by keyless setup. Deploy it into the resource group of the account:
//
//   az deployment group create --resource-group {{if .ResourceGroup}}{{sh .ResourceGroup}}{{else}}GROUP{{end}} --name keyless --template-file setup.bicep
{{- if .App}}
//
// Applications are resources of an extension of Bicep, which bicepconfig.json, beside this
// file, names. Who deploys it may register applications.
//
//   {"extensions": {"microsoftGraphV1": "br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:1.0.0"}}

extension microsoftGraphV1
{{- end}}

targetScope = 'resourceGroup'

{{if not .Account -}}
// This shows it: az cognitiveservices account list --query "[?properties.customSubDomainName=='{{.Subdomain}}'].[resourceGroup, name]"
{{end -}}
@description('The account that answers at the endpoint.')
param accountName string{{if .Account}} = {{q .Account}}{{end}}

@description('The name of the identity.')
param identityName string = {{q .Name}}
{{- if not .App}}

param location string = {{if .Location}}{{q .Location}}{{else}}resourceGroup().location{{end}}
{{- end}}

var issuer = {{q .Issuer}}
var audience = {{q .Audience}}

// Who may be that identity: a job with exactly one of these subjects.
var credentials = [
{{- range .Credentials}}
  {
    name: {{q .Name}}
    subject: {{q .Subject}}
  }
{{- end}}
]

// {{.Role}}
var roleId = {{q .RoleID}}

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: accountName
}
{{if .App}}
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
{{- else}}
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
{{- end}}

// At the account and nowhere else.
resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, identityName, roleId)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    principalId: {{if .App}}principal.id{{else}}identity.properties.principalId{{end}}
    principalType: 'ServicePrincipal'
  }
}

output clientId string = {{if .App}}application.appId{{else}}identity.properties.clientId{{end}}
output tenantId string = tenant().tenantId

// What is not in this file:
//
// 1. Variables of the repository, not secrets, with the two outputs:
//      gh variable set AZURE_CLIENT_ID --repo {{sh .Repo}} --body CLIENT-ID
//      gh variable set AZURE_TENANT_ID --repo {{sh .Repo}} --body TENANT-ID
//      gh variable set AZURE_OPENAI_ENDPOINT --repo {{sh .Repo}} --body {{sh .Endpoint}}
//      gh variable set AZURE_OPENAI_DEPLOYMENT --repo {{sh .Repo}} --body {{sh .Deployment}}
//
// 2. The workflow, .github/workflows/keyless.yml, whose first step is keyless doctor, which proves
//    the chain (keyless setup --format workflow writes it alone):
//
{{commented .Workflow}}
//
// 3. The last step: keys. {{if .KeepKeys}}They stay on, as --keep-keys said. When nobody uses one any more, put{{else}}When the workflow has passed, put{{end}} disableLocalAuth: true
//    into the properties of the account where it is declared: a file that only refers to the account
//    can't set it. Whoever still uses a key is locked out then: run keyless check first. At once:
//      az resource update --ids "$(az cognitiveservices account show --resource-group {{if .ResourceGroup}}{{sh .ResourceGroup}}{{else}}GROUP{{end}} --name {{or .Account "ACCOUNT"}} --query id --output tsv)" --set properties.disableLocalAuth=true
