#!/usr/bin/env bash
# Makes my-org/my-repo keyless: an identity that its jobs are, a role at one
# account, and no key anywhere. Written by keyless setup; read it, then run it with
# bash in a checkout of the repository. It may be run again, and withdraws nothing.
#
# Keys stay on until the workflow has passed and you say so: bash setup.sh keys-off.
# Whoever still uses one is locked out then, wherever they are: run keyless check
# first, or leave that step out with keyless setup --keep-keys.
#
# It takes az, signed in (az login) as somebody who may create identities and assign
# roles, and gh, signed in (gh auth login) as an administrator of the repository.
set -euo pipefail
export MSYS_NO_PATHCONV=1 # Git Bash would take the ids of resources for paths

repository='my-org/my-repo'
endpoint='https://my-resource.openai.azure.com'
deployment='gpt-4o-mini'
name='keyless-my-org-my-repo'
issuer='https://token.actions.githubusercontent.com'
audience='api://AzureADTokenExchange'

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

[[ $# == 0 || $* == keys-off ]] || fail 'This takes nothing, or keys-off for the last step.'
for tool in az gh; do
  command -v "$tool" >/dev/null || fail "This takes $tool, which is not installed."
done

# The right cloud.
[[ $(az cloud show --query name --output tsv) == AzureCloud ]] ||
  fail 'Run this first: az cloud set --name AzureCloud && az login'
tenant=$(az account show --query tenantId --output tsv)

# The account that answers at the endpoint.
account=$(az cognitiveservices account list \
  --query "[?properties.customSubDomainName=='my-resource'].id" --output tsv)
[[ -n $account ]] || fail "There is no such account in this subscription; az account set chooses another: $endpoint"
[[ $account != *$'\n'* ]] || fail "There are several such accounts; --resource-group says which: $account"
group=$(az resource show --ids "$account" --query resourceGroup --output tsv)
location=$(az resource show --ids "$account" --query location --output tsv)

# The identity.
az identity create --name "$name" --resource-group "$group" --location "$location" --output none
client=$(az identity show --name "$name" --resource-group "$group" --query clientId --output tsv)
principal=$(az identity show --name "$name" --resource-group "$group" --query principalId --output tsv)

# Who may be that identity: a job with exactly one of these subjects.
trust() { # NAME SUBJECT
  az identity federated-credential create --name "$1" --identity-name "$name" --resource-group "$group" \
    --issuer "$issuer" --subject "$2" --audiences "$audience" --output none
}
trust branch-main-67250266 'repo:my-org/my-repo:ref:refs/heads/main'

# Trust from before stays: it is told, and withdrawn by hand.
others=$(az identity federated-credential list --identity-name "$name" --resource-group "$group" \
  --query "[?!contains(['branch-main-67250266'], name)].[name, subject]" --output tsv)
[[ -z $others ]] || printf '%s\n' "Trusted from before, and still now; az identity federated-credential delete withdraws it:" "$others"

# What it may do: Cognitive Services OpenAI User, at the account and nowhere else.
az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
  --role 5e0bd9bd-7b93-4f28-af87-19fc36ad61bd --scope "$account" --output none

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
END-OF-WORKFLOW
  printf '%s\n' "$workflow is new: commit it and push it."
fi

### The last step, bash setup.sh keys-off: no key opens the account, whoever has a copy.
if [[ ${1-} != keys-off ]]; then
  printf '%s\n' "Then, to see keyless doctor prove the chain:" "gh workflow run keyless.yml --repo $repository" \
    "Keys are still on. When that has passed, and keyless check finds nobody who uses one: bash setup.sh keys-off"
  exit
fi
passed=$(gh run list --repo "$repository" --workflow keyless.yml --status success --limit 1 --json url --jq '.[].url') || true
[[ -n $passed ]] || fail "Keys stay on: the workflow has not passed yet. gh workflow run keyless.yml --repo $repository"
az resource update --ids "$account" --set properties.disableLocalAuth=true --output none
printf '%s\n' "Keys are off. The chain was proved by $passed"
