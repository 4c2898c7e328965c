variable "openai_api_key" {
  description = "Key of the OpenAI account"
  type        = string
  sensitive   = true
}

resource "azurerm_linux_web_app" "chat" {
  name            = "chat"
  service_plan_id = azurerm_service_plan.main.id
  app_settings = {
    "AZURE_OPENAI_ENDPOINT" = local.endpoint
    "AZURE_OPENAI_API_KEY"  = azurerm_cognitive_account.openai[0].primary_access_key
    "OPENAI_API_KEY"        = var.openai_api_key
    AzureOpenAI__ApiKey     = "@Microsoft.KeyVault(SecretUri=${azurerm_key_vault_secret.aoai.id})"
  }
  site_config {}
}
