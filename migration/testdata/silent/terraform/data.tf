data "azurerm_cognitive_account" "openai" {
  name                = "oai"
  resource_group_name = "rg"
}

data "azurerm_key_vault_secret" "speech" {
  name         = "speech-key"
  key_vault_id = data.azurerm_key_vault.shared.id
}

output "openai_endpoint" {
  value = data.azurerm_cognitive_account.openai.endpoint
}
