#!/usr/bin/env bash
# Makes my-org/my-repo keyless: an identity that its jobs are, a role at one
# account, and no key anywhere. Written by keyless setup; read it, then run it with
# bash in a checkout of the repository. It may be run again.
#
# It takes az, signed in (az login) as somebody who may create identities and assign
# roles, and gh, signed in (gh auth login) as an administrator of the repository.
set -euo pipefail
export MSYS_NO_PATHCONV=1 # Git Bash would take the ids of resources for paths

repository='github.example.com/my-org/my-repo'
endpoint='https://my-resource.services.ai.azure.cn'
deployment='chat'
name='keyless-my-org-my-repo'
issuer='https://github.example.com/_services/token'
audience='api://AzureADTokenExchangeChina'

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

for tool in az gh; do
  command -v "$tool" >/dev/null || fail "This takes $tool, which is not installed."
done

# The right cloud.
[[ $(az cloud show --query name --output tsv) == AzureChinaCloud ]] ||
  fail 'Run this first: az cloud set --name AzureChinaCloud && az login'
tenant=$(az account show --query tenantId --output tsv)

# The account that answers at the endpoint.
account=$(az cognitiveservices account list --resource-group 'ai' \
  --query "[?properties.customSubDomainName=='my-resource'].id" --output tsv)
[[ -n $account ]] || fail "There is no such account in this subscription; az account set chooses another: $endpoint"
[[ $account != *$'\n'* ]] || fail "There are several such accounts; --resource-group says which: $account"
group='ai'
location='chinaeast2'

# The identity.
az identity create --name "$name" --resource-group "$group" --location "$location" --output none
client=$(az identity show --name "$name" --resource-group "$group" --query clientId --output tsv)
principal=$(az identity show --name "$name" --resource-group "$group" --query principalId --output tsv)

# Who may be that identity: a job with exactly one of these subjects.
trust() { # NAME SUBJECT
  az identity federated-credential create --name "$1" --identity-name "$name" --resource-group "$group" \
    --issuer "$issuer" --subject "$2" --audiences "$audience" --output none
}
trust environment-production-1c206a17 'repo:my-org@12/my-repo@34:environment:production'

# What it may do: Cognitive Services OpenAI User, at the account and nowhere else.
az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
  --role 5e0bd9bd-7b93-4f28-af87-19fc36ad61bd --scope "$account" --output none

# Variables, not secrets: none of them is one.
gh variable set AZURE_CLIENT_ID --repo "$repository" --body "$client"
gh variable set AZURE_TENANT_ID --repo "$repository" --body "$tenant"
gh variable set AZURE_OPENAI_ENDPOINT --repo "$repository" --body "$endpoint"
gh variable set AZURE_OPENAI_DEPLOYMENT --repo "$repository" --body "$deployment"

# The workflow, unless there is one.
workflow=.github/workflows/keyless.yml
if [[ ! -e $workflow ]]; then
  mkdir -p .github/workflows
  cat >"$workflow" <<'END-OF-WORKFLOW'
# Asks chat with no key anywhere: GitHub's token for this very job is
# exchanged for one of Microsoft Entra, and nothing of it is stored.
name: Keyless
on:
  workflow_dispatch:

permissions:
  id-token: write # lets the job ask GitHub for its token

jobs:
  in-environment:
    strategy:
      matrix:
        environment: ['production']
    environment: ${{ matrix.environment }}
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
          environment: azurechinacloud
      - id: ask
        uses: keyless-inference/action@v1
        with:
          environment: azurechinacloud
          prompt: Write one sentence of praise for people who delete API keys.
      - env:
          RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
        run: printf '%s\n' "$RESPONSE"
END-OF-WORKFLOW
fi

# From here on no key opens the account, whoever has a copy.
az resource update --ids "$account" --set properties.disableLocalAuth=true --output none

# The proof is a job, since only a job has the token: its first step is keyless doctor.
printf '%s\n' "Done. Commit $workflow and push it; then, to see keyless doctor prove the chain:" \
  "gh workflow run keyless.yml --repo $repository"
