# The account that all use.
resource "azurerm_cognitive_account" "main" {
  name     = "oai-main" # its name
  kind     = "OpenAI"
  sku_name = "S0"

  identity {
    type = "SystemAssigned"
  }
}

resource "azapi_resource" "spare" {
  type = "Microsoft.CognitiveServices/accounts@2025-06-01"
  name = "oai-spare"
  body = {
    kind = "OpenAI"
    properties = {
      customSubDomainName = "oai-spare"
    }
  }
}
