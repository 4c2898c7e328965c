# Makes my-org/my-repo keyless: an identity that its jobs are, a role at one
# account, and no keys. Written by keyless setup; then: terraform init && terraform apply
#
# Keys stay on until keys_off is true, which is the last step, at the end of this file.
#
# azapi writes resources as Azure's own documentation does, by type and version.
terraform {
  required_version = ">= 1.5"
  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
  }
}

provider "azapi" {
  environment     = "china"
  subscription_id = var.subscription_id
}

variable "subscription_id" {
  type        = string
  description = "The subscription of the account: az account show --query id"
}

variable "resource_group" {
  type        = string
  description = "The resource group of the account."
  default     = "ai"
}

variable "account" {
  type        = string
  description = "The account that answers at https://my-resource.services.ai.azure.cn"
}

variable "keys_off" {
  type        = bool
  description = "Turn the account's keys off. Whoever still uses one is locked out then."
  default     = false
}

locals {
  name     = "keyless-my-org-my-repo"
  issuer   = "https://github.example.com/_services/token"
  audience = "api://AzureADTokenExchangeChina"
  role     = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd" # Cognitive Services OpenAI User

  # Who may be that identity: a job with exactly one of these subjects.
  subjects = {
    "environment-production-1c206a17" = "repo:my-org@12/my-repo@34:environment:production"
  }
}

data "azapi_resource" "account" {
  type      = "Microsoft.CognitiveServices/accounts@2024-10-01"
  parent_id = "/subscriptions/${var.subscription_id}/resourceGroups/${var.resource_group}"
  name      = var.account
}

resource "azapi_resource" "identity" {
  type      = "Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31"
  parent_id = data.azapi_resource.account.parent_id
  name      = local.name
  location  = "chinaeast2"

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

# At the account and nowhere else.
resource "azapi_resource" "assignment" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = data.azapi_resource.account.id
  name      = uuidv5("url", "${data.azapi_resource.account.id}/${local.name}/${local.role}")

  body = {
    properties = {
      principalId      = azapi_resource.identity.output.properties.principalId
      principalType    = "ServicePrincipal"
      roleDefinitionId = "/subscriptions/${var.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.role}"
    }
  }
}

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

output "client_id" {
  value = azapi_resource.identity.output.properties.clientId
}

output "tenant_id" {
  value = azapi_resource.identity.output.properties.tenantId
}

# What is not in this file:
#
# 1. Variables of the repository, not secrets:
#      gh variable set AZURE_CLIENT_ID --repo 'github.example.com/my-org/my-repo' --body "$(terraform output -raw client_id)"
#      gh variable set AZURE_TENANT_ID --repo 'github.example.com/my-org/my-repo' --body "$(terraform output -raw tenant_id)"
#      gh variable set AZURE_OPENAI_ENDPOINT --repo 'github.example.com/my-org/my-repo' --body 'https://my-resource.services.ai.azure.cn'
#      gh variable set AZURE_OPENAI_DEPLOYMENT --repo 'github.example.com/my-org/my-repo' --body 'chat'
#
# 2. The workflow, .github/workflows/keyless.yml, whose first step is keyless doctor, which proves
#    the chain (keyless setup --format workflow writes it alone):
#
# # Asks chat with no key anywhere: GitHub's token for this very job is
# # exchanged for one of Microsoft Entra, and nothing of it is stored.
# name: Keyless
# on:
#   workflow_dispatch:
#
# permissions:
#   id-token: write # lets the job ask GitHub for its token
#
# jobs:
#   in-environment:
#     strategy:
#       matrix:
#         environment: ['production']
#     environment: ${{ matrix.environment }}
#     runs-on: ubuntu-latest
#     timeout-minutes: 10
#     env: # variables of the repository, not secrets: none of them is one
#       AZURE_CLIENT_ID: ${{ vars.AZURE_CLIENT_ID }}
#       AZURE_TENANT_ID: ${{ vars.AZURE_TENANT_ID }}
#       AZURE_OPENAI_ENDPOINT: ${{ vars.AZURE_OPENAI_ENDPOINT }}
#       AZURE_OPENAI_DEPLOYMENT: ${{ vars.AZURE_OPENAI_DEPLOYMENT }}
#     steps:
#       # Walks the chain link by link, and says of what is wrong how to mend it.
#       - uses: keyless-inference/action/doctor@v1
#         with:
#           environment: azurechinacloud
#       - id: ask
#         uses: keyless-inference/action@v1
#         with:
#           environment: azurechinacloud
#           prompt: Write one sentence of praise for people who delete API keys.
#       - env:
#           RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
#         run: printf '%s\n' "$RESPONSE"
#
# 3. The last step, when the workflow has passed and keyless check finds nobody who uses a key:
#      terraform apply -var keys_off=true
#    Then set the default of keys_off to true.
