# Makes Octo-Org/octo.repo keyless: an identity that its jobs are, a role at one
# account, and no keys. Written by keyless setup; then: terraform init && terraform apply
#
# azapi writes resources as Azure's own documentation does, by type and version.
terraform {
  required_version = ">= 1.5"
  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = "~> 2.0"
    }
    azuread = {
      source  = "hashicorp/azuread"
      version = "~> 3.0"
    }
  }
}

provider "azapi" {
  environment     = "usgovernment"
  subscription_id = var.subscription_id
}

provider "azuread" {
  environment = "usgovernmentl4"
}

variable "subscription_id" {
  type        = string
  description = "The subscription of the account: az account show --query id"
  default     = "11111111-2222-3333-4444-555555555555"
}

variable "resource_group" {
  type        = string
  description = "The resource group of the account."
  default     = "my-(group)"
}

variable "account" {
  type        = string
  description = "The account that answers at https://gateway.example.com/ai's"
  default     = "my-account"
}

locals {
  name     = "keyless"
  issuer   = "https://token.actions.octo.ghe.com"
  audience = "api://AzureADTokenExchangeUSGov"
  role     = "a001fd3d-188f-4b5d-821b-7da978bf7442" # Cognitive Services OpenAI Contributor

  # Who may be that identity: a job with exactly one of these subjects.
  subjects = {
    "branch-release-1-0-x-f09f23a2"            = "repo:Octo-Org@1/octo.repo@2:ref:refs/heads/release/1.0+x"
    "environment-prod-it-s-a-b-c-d-e-28597350" = "repo:Octo-Org@1/octo.repo@2:environment:prod%3A it's $${a} %%{b} \"c\" \\d ‘e’"
    "environment-staging-6d9de2f1"             = "repo:Octo-Org@1/octo.repo@2:environment:staging"
    "pull-request-a609b73f"                    = "repo:Octo-Org@1/octo.repo@2:pull_request"
    "tag-v1-57910821"                          = "repo:Octo-Org@1/octo.repo@2:ref:refs/tags/v1"
  }
}

data "azapi_resource" "account" {
  type      = "Microsoft.CognitiveServices/accounts@2024-10-01"
  parent_id = "/subscriptions/${var.subscription_id}/resourceGroups/${var.resource_group}"
  name      = var.account
}

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

# At the account and nowhere else.
resource "azapi_resource" "assignment" {
  type      = "Microsoft.Authorization/roleAssignments@2022-04-01"
  parent_id = data.azapi_resource.account.id
  name      = uuidv5("url", "${data.azapi_resource.account.id}/${local.name}/${local.role}")

  body = {
    properties = {
      principalId      = azuread_service_principal.identity.object_id
      principalType    = "ServicePrincipal"
      roleDefinitionId = "/subscriptions/${var.subscription_id}/providers/Microsoft.Authorization/roleDefinitions/${local.role}"
    }
  }
}

# Keys stay on, as --keep-keys said. When nobody uses one any more, call keyless setup
# without it.

output "client_id" {
  value = azuread_application_registration.identity.client_id
}

output "tenant_id" {
  value = data.azuread_client_config.current.tenant_id
}

# What is not in this file:
#
# 1. Variables of the repository, not secrets:
#      gh variable set AZURE_CLIENT_ID --repo 'octo.ghe.com/Octo-Org/octo.repo' --body "$(terraform output -raw client_id)"
#      gh variable set AZURE_TENANT_ID --repo 'octo.ghe.com/Octo-Org/octo.repo' --body "$(terraform output -raw tenant_id)"
#      gh variable set AZURE_OPENAI_ENDPOINT --repo 'octo.ghe.com/Octo-Org/octo.repo' --body 'https://gateway.example.com/ai'\''s'
#      gh variable set AZURE_OPENAI_DEPLOYMENT --repo 'octo.ghe.com/Octo-Org/octo.repo' --body 'gpt-4o-mini'
#
# 2. The workflow, .github/workflows/keyless.yml, whose first step is keyless doctor, which proves
#    the chain (keyless setup --format workflow writes it alone):
#
# # Asks gpt-4o-mini with no key anywhere: GitHub's token for this very job is
# # exchanged for one of Microsoft Entra, and nothing of it is stored.
# name: Keyless
# on:
#   workflow_dispatch:
#   push:
#     branches: ['release/1.0\+x']
#     paths: [.github/workflows/keyless.yml]
#     tags: ['v1']
#   pull_request:
#     paths: [.github/workflows/keyless.yml]
#
# permissions:
#   id-token: write # lets the job ask GitHub for its token
#
# jobs:
#   keyless:
#     # GitHub gives no token to jobs for pull requests from forks.
#     if: github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository
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
#           environment: azureusgovernment
#       - id: ask
#         uses: keyless-inference/action@v1
#         with:
#           environment: azureusgovernment
#           prompt: Write one sentence of praise for people who delete API keys.
#       - env:
#           RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
#         run: printf '%s\n' "$RESPONSE"
#   in-environment:
#     strategy:
#       matrix:
#         environment: ['prod: it''s ${a} %{b} "c" \d ‘e’', 'staging']
#     environment: ${{ matrix.environment }}
#     # GitHub gives no token to jobs for pull requests from forks.
#     if: github.event_name != 'pull_request' || github.event.pull_request.head.repo.full_name == github.repository
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
#           environment: azureusgovernment
#       - id: ask
#         uses: keyless-inference/action@v1
#         with:
#           environment: azureusgovernment
#           prompt: Write one sentence of praise for people who delete API keys.
#       - env:
#           RESPONSE: ${{ steps.ask.outputs.response }} # through the environment, never inside the script
#         run: printf '%s\n' "$RESPONSE"
