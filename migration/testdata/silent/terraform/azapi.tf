resource "azapi_resource" "foundry" {
  type      = "Microsoft.CognitiveServices/accounts@2025-06-01"
  name      = "foundry"
  parent_id = azurerm_resource_group.main.id
  body = {
    kind = "AIServices"
    properties = {
      disableLocalAuth = true
    }
  }
}

resource "azapi_resource" "gpt" {
  type      = "Microsoft.CognitiveServices/accounts/deployments@2025-06-01"
  name      = "gpt-4o"
  parent_id = azapi_resource.foundry.id
  body      = { properties = { model = { format = "OpenAI", name = "gpt-4o" } } }
}

data "azapi_resource_action" "search" {
  type        = "Microsoft.Search/searchServices@2023-11-01"
  resource_id = azurerm_search_service.main.id
  action      = "listAdminKeys"
}
