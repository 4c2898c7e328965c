resource "azurerm_cognitive_account" "speech" {
  name     = "speech"
  kind     = "SpeechServices"
  sku_name = "S0"
}

resource "azurerm_cognitive_account" "documents" {
  name     = "documents"
  kind     = "FormRecognizer"
  sku_name = "S0"
}

resource "azurerm_key_vault_secret" "speech" {
  name         = "speech-key"
  value        = azurerm_cognitive_account.speech.primary_access_key
  key_vault_id = azurerm_key_vault.main.id
}

output "document_key" {
  value     = azurerm_cognitive_account.documents.primary_access_key
  sensitive = true
}
