# Makes my-org/my-repo keyless: an identity that its jobs are, a role at one
# account, and no key anywhere. Written by keyless setup; read it, then run it in a
# checkout of the repository. It may be run again, and withdraws nothing.
#
# Keys stay on until the workflow has passed and you say so: ./setup.ps1 -KeysOff.
# Whoever still uses one is locked out then, wherever they are: run keyless check
# first, or leave that step out with keyless setup --keep-keys.
#
# It takes Connect-AzAccount as somebody who may create identities and assign roles,
# and gh, signed in (gh auth login) as an administrator of the repository.
#Requires -Version 7.4
#Requires -Modules Az.Accounts, Az.CognitiveServices, Az.ManagedServiceIdentity, Az.Resources
param([switch]$KeysOff)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$repository = 'my-org/my-repo'
$endpoint = 'https://my-resource.openai.azure.com'
$deployment = 'gpt-4o-mini'
$name = 'keyless-my-org-my-repo'
$issuer = 'https://token.actions.githubusercontent.com'
$audience = 'api://AzureADTokenExchange'

# The right cloud.
$context = Get-AzContext
if (-not $context -or $context.Environment.Name -ne 'AzureCloud') {
  throw 'Run this first: Connect-AzAccount -Environment AzureCloud'
}
$tenant = $context.Tenant.Id

# The account that answers at the endpoint.
$account = @(Get-AzCognitiveServicesAccount |
    Where-Object { $_.CustomSubDomainName -eq 'my-resource' })
if ($account.Count -ne 1) {
  throw "There are $($account.Count) such accounts in this subscription: $endpoint"
}
$account = $account[0]

# The identity.
$group = $account.ResourceGroupName
$location = $account.Location
$identity = New-AzUserAssignedIdentity -ResourceGroupName $group -Name $name -Location $location
$client = $identity.ClientId
$principal = $identity.PrincipalId

# Who may be that identity: a job with exactly one of these subjects.
$subjects = [ordered]@{
  'branch-main-67250266' = 'repo:my-org/my-repo:ref:refs/heads/main'
}
foreach ($credential in $subjects.Keys) {
  New-AzFederatedIdentityCredential -ResourceGroupName $group -IdentityName $name -Name $credential `
    -Issuer $issuer -Subject $subjects[$credential] -Audience @($audience) | Out-Null
}

# Trust from before stays: it is told, and withdrawn by hand.
$there = @(Get-AzFederatedIdentityCredential -ResourceGroupName $group -IdentityName $name)
$there | Where-Object { -not $subjects.Contains($_.Name) } | ForEach-Object {
  "Trusted from before, and still now; Remove-AzFederatedIdentityCredential withdraws it: $($_.Name) $($_.Subject)"
}

# What it may do: Cognitive Services OpenAI User, at the account and nowhere else.
$role = '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd'
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
# Asks gpt-4o-mini with no key anywhere: GitHub's token for this very job is
# exchanged for one of Microsoft Entra, and nothing of it is stored.
name: Keyless
on:
  workflow_dispatch:
  push:
    branches: ['main']
    paths: [.github/workflows/keyless.yml]

permissions:
  id-token: write # lets the job ask GitHub for its token

jobs:
  keyless:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    env: # variables of the repository, not secrets: none of them is one
      AZURE_CLIENT_ID: ${{ vars.AZURE_CLIENT_ID }}
      AZURE_TENANT_ID: ${{ vars.AZURE_TENANT_ID }}
      AZURE_OPENAI_ENDPOINT: ${{ vars.AZURE_OPENAI_ENDPOINT }}
      AZURE_OPENAI_DEPLOYMENT: ${{ vars.AZURE_OPENAI_DEPLOYMENT }}
    steps:
      # Walks the chain link by link, and says of what is wrong how to mend it.
      - uses: keyless-inference/action/doctor@v1
      - id: ask
        uses: keyless-inference/action@v1
        with:
          prompt: Write one sentence of praise for people who delete API keys.
      - env:
          RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
        run: printf '%s\n' "$RESPONSE"
'@
  "$workflow is new: commit it and push it."
}

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
