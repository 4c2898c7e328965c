variable "local_auth_enabled" {
  type    = bool
  default = true
}

resource "azurerm_cognitive_account" "this" {
  name               = "this"
  kind               = "OpenAI"
  sku_name           = "S0"
  local_auth_enabled = var.local_auth_enabled
}

data "azurerm_cognitive_account" "shared" {
  name                = "oai-shared"
  resource_group_name = "rg"
}

locals {
  key = data.azurerm_cognitive_account.shared.primary_access_key
}
