resource "azapi_resource" "foundry" {
  type      = "Microsoft.CognitiveServices/accounts@2025-06-01"
  name      = "foundry"
  parent_id = azurerm_resource_group.main.id
  body = {
    kind = "AIServices"
    sku  = { name = "S0" }
    properties = {
      disableLocalAuth    = false
      customSubDomainName = "foundry"
    }
  }
}

resource "azapi_resource" "old" {
  type      = "Microsoft.CognitiveServices/accounts@2023-05-01"
  name      = "old"
  parent_id = azurerm_resource_group.main.id
  body = jsonencode({
    kind       = "OpenAI"
    properties = { customSubDomainName = "old" }
  })
}

data "azapi_resource_action" "keys" {
  type                   = "Microsoft.CognitiveServices/accounts@2023-05-01"
  resource_id            = azapi_resource.old.id
  action                 = "listKeys"
  response_export_values = ["*"]
}
