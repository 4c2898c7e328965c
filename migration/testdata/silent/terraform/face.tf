resource "azurerm_resource_group_template_deployment" "face" {
  name             = "face"
  template_content = <<ARM
{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "account": { "type": "string" } },
  "resources": [],
  "outputs": {
    "face_key": {
      "type": "string",
      "value": "[listKeys(resourceId('Microsoft.CognitiveServices/accounts', parameters('account')), '2023-05-01').key1]"
    }
  }
}
ARM
}
