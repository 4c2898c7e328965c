# Makes {{.Repository}} keyless: an identity that its jobs are, a role at one
# account, and no key anywhere. Written by keyless setup; read it, then run it in a
# checkout of the repository. It may be run again, and withdraws nothing.
#
{{- if not .KeepKeys}}
# Keys stay on until the workflow has passed and you say so: ./setup.ps1 -KeysOff.
# Whoever still uses one is locked out then, wherever they are: run keyless check
# first, or leave that step out with keyless setup --keep-keys.
#
{{- end}}
# It takes Connect-AzAccount as somebody who may create identities and assign roles,
# and gh, signed in (gh auth login) as an administrator of the repository.
#Requires -Version 7.4
#Requires -Modules Az.Accounts, Az.CognitiveServices, Az.ManagedServiceIdentity, Az.Resources
{{if not .KeepKeys -}}
param([switch]$KeysOff)
{{end -}}
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$repository = {{q .Repo}}
$endpoint = {{q .Endpoint}}
$deployment = {{q .Deployment}}
$name = {{q .Name}}
$issuer = {{q .Issuer}}
$audience = {{q .Audience}}

# The right cloud{{if .Subscription}} and subscription{{end}}.
$context = Get-AzContext
if (-not $context -or $context.Environment.Name -ne {{q .CLI}}) {
  throw 'Run this first: Connect-AzAccount -Environment {{.CLI}}'
}
{{- if .Subscription}}
$context = Set-AzContext -Subscription {{q .Subscription}}
{{- end}}
$tenant = $context.Tenant.Id

# The account{{if not .Account}} that answers at the endpoint{{end}}.
$account = @(Get-AzCognitiveServicesAccount{{if .ResourceGroup}} -ResourceGroupName {{q .ResourceGroup}}{{end}} |
    Where-Object { {{if .Account}}$_.AccountName -eq {{q .Account}}{{else}}$_.CustomSubDomainName -eq {{q .Subdomain}}{{end}} })
if ($account.Count -ne 1) {
  throw "There are $($account.Count) such accounts in this subscription: $endpoint"
}
$account = $account[0]
{{if .App}}
# The app registration, which may be there already, and its service principal.
$application = @(Get-AzADApplication -DisplayName $name)
if ($application.Count -gt 1) {
  throw "There are several app registrations of that name; --name chooses another: $name"
}
if ($application.Count -eq 0) {
  $application = @(New-AzADApplication -DisplayName $name -SignInAudience AzureADMyOrg)
}
$application = $application[0]
$client = $application.AppId
$principal = Get-AzADServicePrincipal -ApplicationId $client
if (-not $principal) {
  $principal = New-AzADServicePrincipal -ApplicationId $client
}
$principal = $principal.Id
{{- else}}
# The identity.
$group = {{if .ResourceGroup}}{{q .ResourceGroup}}{{else}}$account.ResourceGroupName{{end}}
$location = {{if .Location}}{{q .Location}}{{else}}$account.Location{{end}}
$identity = New-AzUserAssignedIdentity -ResourceGroupName $group -Name $name -Location $location
$client = $identity.ClientId
$principal = $identity.PrincipalId
{{- end}}

# Who may be that identity: a job with exactly one of these subjects.
$subjects = [ordered]@{
{{- range .Credentials}}
  {{q .Name}} = {{q .Subject}}
{{- end}}
}
{{- if .App}}
$there = @(Get-AzADAppFederatedCredential -ApplicationObjectId $application.Id)
foreach ($credential in $subjects.Keys) {
  $trust = @{ ApplicationObjectId = $application.Id; Issuer = $issuer; Subject = $subjects[$credential]; Audience = @($audience) }
  $same = @($there | Where-Object { $_.Name -eq $credential })
  if ($same.Count -gt 0) {
    Update-AzADAppFederatedCredential @trust -FederatedCredentialId $same[0].Id
  } else {
    New-AzADAppFederatedCredential @trust -Name $credential | Out-Null
  }
}
{{- else}}
foreach ($credential in $subjects.Keys) {
  New-AzFederatedIdentityCredential -ResourceGroupName $group -IdentityName $name -Name $credential `
    -Issuer $issuer -Subject $subjects[$credential] -Audience @($audience) | Out-Null
}
{{- end}}

# Trust from before stays: it is told, and withdrawn by hand.
{{- if not .App}}
$there = @(Get-AzFederatedIdentityCredential -ResourceGroupName $group -IdentityName $name)
{{- end}}
$there | Where-Object { -not $subjects.Contains($_.Name) } | ForEach-Object {
  "Trusted from before, and still now; Remove-{{if .App}}AzADAppFederatedCredential{{else}}AzFederatedIdentityCredential{{end}} withdraws it: $($_.Name) $($_.Subject)"
}

# What it may do: {{.Role}}, at the account and nowhere else.
$role = {{q .RoleID}}
if (-not (Get-AzRoleAssignment -ObjectId $principal -RoleDefinitionId $role -Scope $account.Id | Where-Object { $_.Scope -eq $account.Id })) {
  New-AzRoleAssignment -ObjectId $principal -ObjectType ServicePrincipal -RoleDefinitionId $role -Scope $account.Id | Out-Null
}

# Variables, not secrets: none of them is one.
gh variable set AZURE_CLIENT_ID --repo $repository --body $client
gh variable set AZURE_TENANT_ID --repo $repository --body $tenant
gh variable set AZURE_OPENAI_ENDPOINT --repo $repository --body $endpoint
gh variable set AZURE_OPENAI_DEPLOYMENT --repo $repository --body $deployment

# The workflow, unless there is one. It is the proof, since only a job has GitHub's
# token: its first step is keyless doctor.
$workflow = '.github/workflows/keyless.yml'
if (Test-Path $workflow) {
  "$workflow was there and is kept as it is; keyless setup --format workflow prints the one that goes with this."
} else {
  New-Item -ItemType Directory -Force '.github/workflows' | Out-Null
  Set-Content -Path $workflow -Value @'
{{.Workflow -}}
'@
  "$workflow is new: commit it and push it."
}
{{if .KeepKeys}}
# Keys stay on, as --keep-keys said. When nobody uses one any more:
# Set-AzCognitiveServicesAccount -ResourceGroupName $account.ResourceGroupName -Name $account.AccountName -DisableLocalAuth $true
"Then, to see keyless doctor prove the chain: gh workflow run keyless.yml --repo $repository"
{{- else}}
### The last step, ./setup.ps1 -KeysOff: no key opens the account, whoever has a copy.
if (-not $KeysOff) {
  "Then, to see keyless doctor prove the chain: gh workflow run keyless.yml --repo $repository"
  'Keys are still on. When that has passed, and keyless check finds nobody who uses one: ./setup.ps1 -KeysOff'
  return
}
$passed = gh run list --repo $repository --workflow keyless.yml --status success --limit 1 --json url --jq '.[].url'
if (-not $passed) {
  throw "Keys stay on: the workflow has not passed yet. gh workflow run keyless.yml --repo $repository"
}
Set-AzCognitiveServicesAccount -ResourceGroupName $account.ResourceGroupName -Name $account.AccountName -DisableLocalAuth $true | Out-Null
"Keys are off. The chain was proved by $passed"
{{- end}}
