resource "azurerm_container_app" "api" {
  name = "api"

  secret {
    name  = "azure-openai-api-key"
    value = var.aoai_key
  }

  template {
    container {
      name  = "api"
      image = "contoso.azurecr.io/api:1"
      env {
        name        = "AZURE_OPENAI_API_KEY"
        secret_name = "azure-openai-api-key"
      }
      env {
        name  = "AZURE_OPENAI_ENDPOINT"
        value = var.endpoint
      }
    }
  }
}
