#!/usr/bin/env bash
# Makes {{.Repository}} keyless: an identity that its jobs are, a role at one
# account, and no key anywhere. Written by keyless setup; read it, then run it with
# bash in a checkout of the repository. It may be run again.
#
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
{{- end}}

# What it may do: {{.Role}}, at the account and nowhere else.
az role assignment create --assignee-object-id "$principal" --assignee-principal-type ServicePrincipal \
  --role {{.RoleID}} --scope "$account" --output none

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
{{.Workflow -}}
END-OF-WORKFLOW
fi
{{if .KeepKeys}}
# Keys stay on, as --keep-keys said. When nobody uses one any more:
# az resource update --ids "$account" --set properties.disableLocalAuth=true
{{- else}}
# From here on no key opens the account, whoever has a copy.
az resource update --ids "$account" --set properties.disableLocalAuth=true --output none
{{- end}}

# The proof is a job, since only a job has the token: its first step is keyless doctor.
printf '%s\n' "Done. Commit $workflow and push it; then, to see keyless doctor prove the chain:" \
  "gh workflow run keyless.yml --repo $repository"
