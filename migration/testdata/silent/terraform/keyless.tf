resource "azurerm_cognitive_account" "openai" {
  name                  = "oai"
  kind                  = "OpenAI"
  sku_name              = "S0"
  local_auth_enabled    = false
  custom_subdomain_name = "oai"
}

resource "azurerm_ai_services" "hub" {
  name                         = "hub"
  sku_name                     = "S0"
  local_authentication_enabled = false
}

resource "azurerm_role_assignment" "user" {
  scope                = azurerm_cognitive_account.openai.id
  role_definition_name = "Cognitive Services OpenAI User"
  principal_id         = azurerm_linux_web_app.chat.identity[0].principal_id
}

output "openai_endpoint" {
  value = azurerm_cognitive_account.openai.endpoint
}
