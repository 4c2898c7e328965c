#!/usr/bin/env bash
# Makes {{.Repository}} keyless: an identity that its jobs are, a role at one
# account, and no key anywhere. Written by keyless setup; read it, then run it with
# bash in a checkout of the repository. It may be run again, and withdraws nothing.
#
{{- if not .KeepKeys}}
# Keys stay on until the workflow has passed and you say so: bash setup.sh keys-off.
# Whoever still uses one is locked out then, wherever they are: run keyless check
# first, or leave that step out with keyless setup --keep-keys.
#
{{- end}}
# It takes az, signed in (az login) as somebody who may create identities and assign
# roles, and gh, signed in (gh auth login) as an administrator of the repository.
set -euo pipefail
export MSYS_NO_PATHCONV=1 # Git Bash would take the ids of resources for paths

repository={{q .Repo}}
endpoint={{q .Endpoint}}
deployment={{q .Deployment}}
name={{q .Name}}
{{- if not .App}}
issuer={{q .Issuer}}
audience={{q .Audience}}
{{- end}}

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

{{if not .KeepKeys -}}
[[ $# == 0 || $* == keys-off ]] || fail 'This takes nothing, or keys-off for the last step.'
{{end -}}
for tool in az gh; do
  command -v "$tool" >/dev/null || fail "This takes $tool, which is not installed."
done

# The right cloud{{if .Subscription}} and subscription{{end}}.
[[ $(az cloud show --query name --output tsv) == {{.CLI}} ]] ||
  fail 'Run this first: az cloud set --name {{.CLI}} && az login'
{{- if .Subscription}}
az account set --subscription {{q .Subscription}}
{{- end}}
tenant=$(az account show --query tenantId --output tsv)

{{if .Account -}}
# The account.
account=$(az resource list --resource-type Microsoft.CognitiveServices/accounts --name {{q .Account}}
{{- if .ResourceGroup}} --resource-group {{q .ResourceGroup}}{{end}} --query '[].id' --output tsv)
{{- else -}}
# The account that answers at the endpoint.
account=$(az cognitiveservices account list{{if .ResourceGroup}} --resource-group {{q .ResourceGroup}}{{end}} \
  --query "[?properties.customSubDomainName=='{{.Subdomain}}'].id" --output tsv)
{{- end}}
[[ -n $account ]] || fail "There is no such account in this subscription; az account set chooses another: $endpoint"
[[ $account != *$'\n'* ]] || fail "There are several such accounts; --resource-group says which: $account"
{{- if not .App}}
{{- if .ResourceGroup}}
group={{q .ResourceGroup}}
{{- else}}
group=$(az resource show --ids "$account" --query resourceGroup --output tsv)
{{- end}}
{{- if .Location}}
location={{q .Location}}
{{- else}}
location=$(az resource show --ids "$account" --query location --output tsv)
{{- end}}
{{- end}}
{{if .App}}
# The app registration, which may be there already, and its service principal.
client=$(az ad app list --display-name "$name" --query "[?displayName=='{{.Name}}'].appId" --output tsv)
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
{{- range .Credentials}}
trust {{.Name}} {{q .Parameters}}
{{- end}}

# Trust from before stays: it is told, and withdrawn by hand.
others=$(az ad app federated-credential list --id "$client" \
  --query "[?!contains([{{list .CredentialNames}}], name)].[name, subject]" --output tsv)
[[ -z $others ]] || printf '%s\n' "Trusted from before, and still now; az ad app federated-credential delete withdraws it:" "$others"
{{- else}}
# The identity.
az identity create --name "$name" --resource-group "$group" --location "$location" --output none
client=$(az identity show --name "$name" --resource-group "$group" --query clientId --output tsv)
principal=$(az identity show --name "$name" --resource-group "$group" --query principalId --output tsv)

# Who may be that identity: a job with exactly one of these subjects.
trust() { # NAME SUBJECT
  az identity federated-credential create --name "$1" --identity-name "$name" --resource-group "$group" \
    --issuer "$issuer" --subject "$2" --audiences "$audience" --output none
}
{{- range .Credentials}}
trust {{.Name}} {{q .Subject}}
{{- end}}

# Trust from before stays: it is told, and withdrawn by hand.
others=$(az identity federated-credential list --identity-name "$name" --resource-group "$group" \
  --query "[?!contains([{{list .CredentialNames}}], name)].[name, subject]" --output tsv)
[[ -z $others ]] || printf '%s\n' "Trusted from before, and still now; az identity federated-credential delete withdraws it:" "$others"
{{- end}}

# What it may do: {{.Role}}, at the account and nowhere else.
az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
  --role {{.RoleID}} --scope "$account" --output none

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
{{.Workflow -}}
END-OF-WORKFLOW
  printf '%s\n' "$workflow is new: commit it and push it."
fi
{{if .KeepKeys}}
# Keys stay on, as --keep-keys said. When nobody uses one any more:
# az resource update --ids "$account" --set properties.disableLocalAuth=true
printf '%s\n' "Then, to see keyless doctor prove the chain:" "gh workflow run keyless.yml --repo $repository"
{{- else}}
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
{{- end}}
