# Makes {{.Repository}} keyless: an identity that its jobs are, a role at one
# account, and no keys. Written by keyless setup; then: terraform init && terraform apply
#
{{- if not .KeepKeys}}
# Keys stay on until keys_off is true, which is the last step, at the end of this file.
#
{{- end}}
# azapi writes resources as Azure's own documentation does, by type and version.
terraform {
  required_version = ">= 1.5"
  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
{{- if .App}}
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
{{- end}}
  }
}

provider "azapi" {
  environment     = {{q .Terraform}}
  subscription_id = var.subscription_id
}
{{- if .App}}

provider "azuread" {
  environment = {{q .Directory}}
}
{{- end}}

variable "subscription_id" {
  type        = string
  description = "The subscription of the account: az account show --query id"
{{- if .Subscription}}
  default     = {{q .Subscription}}
{{- end}}
}

variable "resource_group" {
  type        = string
  description = "The resource group of the account."
{{- if .ResourceGroup}}
  default     = {{q .ResourceGroup}}
{{- end}}
}

variable "account" {
  type        = string
  description = {{q "The account that answers at " .Endpoint}}
{{- if .Account}}
  default     = {{q .Account}}
{{- end}}
}
{{- if not .KeepKeys}}

variable "keys_off" {
  type        = bool
  description = "Turn the account's keys off. Whoever still uses one is locked out then."
  default     = false
}
{{- end}}

locals {
  name     = {{q .Name}}
  issuer   = {{q .Issuer}}
  audience = {{q .Audience}}
  role     = {{q .RoleID}} # {{.Role}}

  # Who may be that identity: a job with exactly one of these subjects.
  subjects = {
{{- range .Credentials}}
    {{q .Name}}{{.Padding}} = {{q .Subject}}
{{- end}}
  }
}

data "azapi_resource" "account" {
  type      = "Microsoft.CognitiveServices/accounts@2024-10-01"
  parent_id = "/subscriptions/${var.subscription_id}/resourceGroups/${var.resource_group}"
  name      = var.account
}
{{if .App}}
data "azuread_client_config" "current" {}

resource "azuread_application_registration" "identity" {
  display_name     = local.name
  sign_in_audience = "AzureADMyOrg"
}

resource "azuread_service_principal" "identity" {
  client_id = azuread_application_registration.identity.client_id
}

resource "azuread_application_federated_identity_credential" "subject" {
  for_each       = local.subjects
  application_id = azuread_application_registration.identity.id
  display_name   = each.key
  issuer         = local.issuer
  subject        = each.value
  audiences      = [local.audience]
}
{{- else}}
resource "azapi_resource" "identity" {
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31"
  parent_id = data.azapi_resource.account.parent_id
  name      = local.name
  location  = {{if .Location}}{{q .Location}}{{else}}data.azapi_resource.account.location{{end}}

  response_export_values = ["properties.clientId", "properties.principalId", "properties.tenantId"]
}

resource "azapi_resource" "subject" {
  for_each  = local.subjects
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials@2023-01-31"
  parent_id = azapi_resource.identity.id
  name      = each.key
  locks     = [azapi_resource.identity.id] # Azure refuses to write two credentials of an identity at once

  body = {
    properties = {
      issuer    = local.issuer
      subject   = each.value
      audiences = [local.audience]
    }
  }
}
{{- end}}

# At the account and nowhere else.
resource "azapi_resource" "assignment" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = data.azapi_resource.account.id
  name      = uuidv5("url", "${data.azapi_resource.account.id}/${local.name}/${local.role}")

  body = {
    properties = {
      principalId      = {{if .App}}azuread_service_principal.identity.object_id{{else}}azapi_resource.identity.output.properties.principalId{{end}}
      principalType    = "ServicePrincipal"
      roleDefinitionId = "/subscriptions/${var.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.role}"
    }
  }
}

{{if .KeepKeys -}}
# Keys stay on, as --keep-keys said. When nobody uses one any more, call keyless setup
# without it.
{{- else -}}
# No key opens the account, whoever has a copy. Where the account is a resource of another
# configuration, set it there instead: local_auth_enabled = false in azurerm.
resource "azapi_update_resource" "account" {
  count       = var.keys_off ? 1 : 0
  type        = "Microsoft.CognitiveServices/accounts@2024-10-01"
  resource_id = data.azapi_resource.account.id

  body = {
    properties = {
      disableLocalAuth = true
    }
  }
}
{{- end}}

output "client_id" {
  value = {{if .App}}azuread_application_registration.identity.client_id{{else}}azapi_resource.identity.output.properties.clientId{{end}}
}

output "tenant_id" {
  value = {{if .App}}data.azuread_client_config.current.tenant_id{{else}}azapi_resource.identity.output.properties.tenantId{{end}}
}

# What is not in this file:
#
# 1. Variables of the repository, not secrets:
#      gh variable set AZURE_CLIENT_ID --repo {{sh .Repo}} --body "$(terraform output -raw client_id)"
#      gh variable set AZURE_TENANT_ID --repo {{sh .Repo}} --body "$(terraform output -raw tenant_id)"
#      gh variable set AZURE_OPENAI_ENDPOINT --repo {{sh .Repo}} --body {{sh .Endpoint}}
#      gh variable set AZURE_OPENAI_DEPLOYMENT --repo {{sh .Repo}} --body {{sh .Deployment}}
#
# 2. The workflow, .github/workflows/keyless.yml, whose first step is keyless doctor, which proves
#    the chain (keyless setup --format workflow writes it alone):
#
{{commented .Workflow}}
{{- if not .KeepKeys}}
#
# 3. The last step, when the workflow has passed and keyless check finds nobody who uses a key:
#      terraform apply -var keys_off=true
#    Then set the default of keys_off to true.
{{- end}}
