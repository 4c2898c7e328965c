#!/usr/bin/env bash
# Makes Octo-Org/octo.repo keyless: an identity that its jobs are, a role at one
# account, and no key anywhere. Written by keyless setup; read it, then run it with
# bash in a checkout of the repository. It may be run again, and withdraws nothing.
#
# It takes az, signed in (az login) as somebody who may create identities and assign
# roles, and gh, signed in (gh auth login) as an administrator of the repository.
set -euo pipefail
export MSYS_NO_PATHCONV=1 # Git Bash would take the ids of resources for paths

repository='octo.ghe.com/Octo-Org/octo.repo'
endpoint='https://gateway.example.com/ai'\''s'
deployment='gpt-4o-mini'
name='keyless'

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

for tool in az gh; do
  command -v "$tool" >/dev/null || fail "This takes $tool, which is not installed."
done

# The right cloud and subscription.
[[ $(az cloud show --query name --output tsv) == AzureUSGovernment ]] ||
  fail 'Run this first: az cloud set --name AzureUSGovernment && az login'
az account set --subscription '11111111-2222-3333-4444-555555555555'
tenant=$(az account show --query tenantId --output tsv)

# The account.
account=$(az resource list --resource-type Microsoft.CognitiveServices/accounts --name 'my-account' --resource-group 'my-(group)' --query '[].id' --output tsv)
[[ -n $account ]] || fail "There is no such account in this subscription; az account set chooses another: $endpoint"
[[ $account != *$'\n'* ]] || fail "There are several such accounts; --resource-group says which: $account"

# The app registration, which may be there already, and its service principal.
client=$(az ad app list --display-name "$name" --query "[?displayName=='keyless'].appId" --output tsv)
[[ $client != *$'\n'* ]] || fail "There are several app registrations of that name; --name chooses another: $name"
if [[ -z $client ]]; then
  client=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --query appId --output tsv)
fi
if ! az ad sp show --id "$client" --output none 2>/dev/null; then
  az ad sp create --id "$client" --output none
fi
principal=$(az ad sp show --id "$client" --query id --output tsv)

# Who may be that identity: a job with exactly one of these subjects.
trust() { # NAME PARAMETERS
  local verb=(create)
  if az ad app federated-credential show --id "$client" --federated-credential-id "$1" --output none 2>/dev/null; then
    verb=(update --federated-credential-id "$1")
  fi
  az ad app federated-credential "${verb[@]}" --id "$client" --parameters "$2" --output none
}
trust branch-release-1-0-x-f09f23a2 '{"name":"branch-release-1-0-x-f09f23a2","issuer":"https://token.actions.octo.ghe.com","subject":"repo:Octo-Org@1/octo.repo@2:ref:refs/heads/release/1.0+x","audiences":["api://AzureADTokenExchangeUSGov"]}'
trust environment-prod-it-s-a-b-c-d-e-28597350 '{"name":"environment-prod-it-s-a-b-c-d-e-28597350","issuer":"https://token.actions.octo.ghe.com","subject":"repo:Octo-Org@1/octo.repo@2:environment:prod%3A it'\''s ${a} %{b} \"c\" \\d ‘e’","audiences":["api://AzureADTokenExchangeUSGov"]}'
trust environment-staging-6d9de2f1 '{"name":"environment-staging-6d9de2f1","issuer":"https://token.actions.octo.ghe.com","subject":"repo:Octo-Org@1/octo.repo@2:environment:staging","audiences":["api://AzureADTokenExchangeUSGov"]}'
trust pull-request-a609b73f '{"name":"pull-request-a609b73f","issuer":"https://token.actions.octo.ghe.com","subject":"repo:Octo-Org@1/octo.repo@2:pull_request","audiences":["api://AzureADTokenExchangeUSGov"]}'
trust tag-v1-57910821 '{"name":"tag-v1-57910821","issuer":"https://token.actions.octo.ghe.com","subject":"repo:Octo-Org@1/octo.repo@2:ref:refs/tags/v1","audiences":["api://AzureADTokenExchangeUSGov"]}'

# Trust from before stays: it is told, and withdrawn by hand.
others=$(az ad app federated-credential list --id "$client" \
  --query "[?!contains(['branch-release-1-0-x-f09f23a2', 'environment-prod-it-s-a-b-c-d-e-28597350', 'environment-staging-6d9de2f1', 'pull-request-a609b73f', 'tag-v1-57910821'], name)].[name, subject]" --output tsv)
[[ -z $others ]] || printf '%s\n' "Trusted from before, and still now; az ad app federated-credential delete withdraws it:" "$others"

# What it may do: Cognitive Services OpenAI Contributor, at the account and nowhere else.
az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
  --role a001fd3d-188f-4b5d-821b-7da978bf7442 --scope "$account" --output none

# Variables, not secrets: none of them is one.
gh variable set AZURE_CLIENT_ID --repo "$repository" --body "$client"
gh variable set AZURE_TENANT_ID --repo "$repository" --body "$tenant"
gh variable set AZURE_OPENAI_ENDPOINT --repo "$repository" --body "$endpoint"
gh variable set AZURE_OPENAI_DEPLOYMENT --repo "$repository" --body "$deployment"

# The workflow, unless there is one. It is the proof, since only a job has GitHub's
# token: its first step is keyless doctor.
workflow=.github/workflows/keyless.yml
if [[ -e $workflow ]]; then
  printf '%s\n' "$workflow was there and is kept as it is; keyless setup --format workflow prints the one that goes with this."
else
  mkdir -p .github/workflows
  cat >"$workflow" <<'END-OF-WORKFLOW'
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
END-OF-WORKFLOW
  printf '%s\n' "$workflow is new: commit it and push it."
fi

# Keys stay on, as --keep-keys said. When nobody uses one any more:
# az resource update --ids "$account" --set properties.disableLocalAuth=true
printf '%s\n' "Then, to see keyless doctor prove the chain:" "gh workflow run keyless.yml --repo $repository"
