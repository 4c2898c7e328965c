resource "azurerm_resource_group_template_deployment" "openai" {
  name                = "openai"
  resource_group_name = "rg"
  deployment_mode     = "Incremental"
  template_content    = <<TEMPLATE
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "resources": [
    {
      "type": "Microsoft.CognitiveServices/accounts",
      "apiVersion": "2023-05-01",
      "name": "${var.openai_account_name}",
      "kind": "OpenAI",
      "properties": {}
    }
  ]
}
TEMPLATE
}
