output "speech_key" {
  value     = azurerm_cognitive_account.speech.primary_access_key
  sensitive = true
}

output "storage_key" {
  value     = azurerm_storage_account.docs.primary_access_key
  sensitive = true
}

output "openai_resource_id" {
  value = module.openai.resource_id
}

output "openai_key_secret_name" {
  value = "azure-openai-key"
}

output "search_key" {
  value = module.search.primary_key
}
