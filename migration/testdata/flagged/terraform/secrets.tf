data "azurerm_key_vault_secret" "model" {
  name         = "openai-api-key"
  key_vault_id = data.azurerm_key_vault.shared.id
}

resource "kubernetes_secret" "model" {
  metadata {
    name = "model"
  }
  data = {
    OPENAI_API_KEY = data.azurerm_key_vault_secret.model.value
  }
}

resource "github_actions_secret" "model" {
  repository      = "chat"
  secret_name     = "AZURE_OPENAI_API_KEY"
  plaintext_value = data.azurerm_key_vault_secret.model.value
}
