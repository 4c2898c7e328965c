# Makes Octo-Org/octo.repo keyless: an identity that its jobs are, a role at one
# account, and no key anywhere. Written by keyless setup; read it, then run it in a
# checkout of the repository. It may be run again, and withdraws nothing.
#
# It takes Connect-AzAccount as somebody who may create identities and assign roles,
# and gh, signed in (gh auth login) as an administrator of the repository.
#Requires -Version 7.4
#Requires -Modules Az.Accounts, Az.CognitiveServices, Az.ManagedServiceIdentity, Az.Resources
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$repository = 'octo.ghe.com/Octo-Org/octo.repo'
$endpoint = 'https://gateway.example.com/ai''s'
$deployment = 'gpt-4o-mini'
$name = 'keyless'
$issuer = 'https://token.actions.octo.ghe.com'
$audience = 'api://AzureADTokenExchangeUSGov'

# The right cloud and subscription.
$context = Get-AzContext
if (-not $context -or $context.Environment.Name -ne 'AzureUSGovernment') {
  throw 'Run this first: Connect-AzAccount -Environment AzureUSGovernment'
}
$context = Set-AzContext -Subscription '11111111-2222-3333-4444-555555555555'
$tenant = $context.Tenant.Id

# The account.
$account = @(Get-AzCognitiveServicesAccount -ResourceGroupName 'my-(group)' |
    Where-Object { $_.AccountName -eq 'my-account' })
if ($account.Count -ne 1) {
  throw "There are $($account.Count) such accounts in this subscription: $endpoint"
}
$account = $account[0]

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

# Who may be that identity: a job with exactly one of these subjects.
$subjects = [ordered]@{
  'branch-release-1-0-x-f09f23a2' = 'repo:Octo-Org@1/octo.repo@2:ref:refs/heads/release/1.0+x'
  'environment-prod-it-s-a-b-c-d-e-28597350' = 'repo:Octo-Org@1/octo.repo@2:environment:prod%3A it''s ${a} %{b} "c" \d ‘‘e’’'
  'environment-staging-6d9de2f1' = 'repo:Octo-Org@1/octo.repo@2:environment:staging'
  'pull-request-a609b73f' = 'repo:Octo-Org@1/octo.repo@2:pull_request'
  'tag-v1-57910821' = 'repo:Octo-Org@1/octo.repo@2:ref:refs/tags/v1'
}
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

# Trust from before stays: it is told, and withdrawn by hand.
$there | Where-Object { -not $subjects.Contains($_.Name) } | ForEach-Object {
  "Trusted from before, and still now; Remove-AzADAppFederatedCredential withdraws it: $($_.Name) $($_.Subject)"
}

# What it may do: Cognitive Services OpenAI Contributor, at the account and nowhere else.
$role = 'a001fd3d-188f-4b5d-821b-7da978bf7442'
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
    branches: ['release/1.0\+x']
    paths: [.github/workflows/keyless.yml]
    tags: ['v1']
  pull_request:
    paths: [.github/workflows/keyless.yml]

permissions:
  id-token: write # lets the job ask GitHub for its token

jobs:
  keyless:
    # GitHub gives no token to jobs for pull requests from forks.
    if: github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository
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
        with:
          environment: azureusgovernment
      - id: ask
        uses: keyless-inference/action@v1
        with:
          environment: azureusgovernment
          prompt: Write one sentence of praise for people who delete API keys.
      - env:
          RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
        run: printf '%s\n' "$RESPONSE"
  in-environment:
    strategy:
      matrix:
        environment: ['prod: it''s ${a} %{b} "c" \d ‘e’', 'staging']
    environment: ${{ matrix.environment }}
    # GitHub gives no token to jobs for pull requests from forks.
    if: github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository
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
        with:
          environment: azureusgovernment
      - id: ask
        uses: keyless-inference/action@v1
        with:
          environment: azureusgovernment
          prompt: Write one sentence of praise for people who delete API keys.
      - env:
          RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
        run: printf '%s\n' "$RESPONSE"
'@
  "$workflow is new: commit it and push it."
}

# Keys stay on, as --keep-keys said. When nobody uses one any more:
# Set-AzCognitiveServicesAccount -ResourceGroupName $account.ResourceGroupName -Name $account.AccountName -DisableLocalAuth $true
"Then, to see keyless doctor prove the chain: gh workflow run keyless.yml --repo $repository"
