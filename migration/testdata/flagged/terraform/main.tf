resource "azurerm_cognitive_account" "openai" {
  name                  = "oai-${var.suffix}"
  location              = azurerm_resource_group.main.location
  resource_group_name   = azurerm_resource_group.main.name
  kind                  = "OpenAI"
  sku_name              = "S0"
  custom_subdomain_name = "oai-${var.suffix}"
}

resource "azurerm_key_vault_secret" "openai" {
  name         = "azure-openai-key"
  value        = azurerm_cognitive_account.openai.primary_access_key
  key_vault_id = azurerm_key_vault.main.id
}

output "openai_key" {
  value     = azurerm_cognitive_account.openai.secondary_access_key
  sensitive = true
}
