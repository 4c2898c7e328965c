data "azurerm_key_vault_secret" "aoaikey" {
  name         = "aoai-key"
  key_vault_id = data.azurerm_key_vault.shared.id
}

resource "azurerm_linux_function_app" "digest" {
  name = "digest"

  app_settings = {
    Digest__Llm     = data.azurerm_key_vault_secret.aoaikey.value
    Digest__Mail    = data.azurerm_key_vault_secret.sendgrid.value
    Digest__LlmPath = data.azurerm_key_vault_secret.aoaikey.name
  }
}
