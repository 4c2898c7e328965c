output "endpoint" {
  value = azurerm_cognitive_account.this.endpoint
}

output "primary_key" {
  value     = azurerm_cognitive_account.this.primary_access_key
  sensitive = true
}

output "openai_api_key" {
  value     = module.openai.primary_key
  sensitive = true
}
