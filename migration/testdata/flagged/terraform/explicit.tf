resource "azurerm_cognitive_account" "foundry" {
  name               = "foundry"
  kind               = "AIServices"
  sku_name           = "S0"
  local_auth_enabled = true
}

resource "azurerm_ai_services" "hub" {
  name     = "hub"
  sku_name = "S0"
}

resource "azurerm_ai_services" "lab" {
  name                         = "lab"
  sku_name                     = "S0"
  local_authentication_enabled = true
}
