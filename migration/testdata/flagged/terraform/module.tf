module "openai" {
  source             = "Azure/avm-res-cognitiveservices-account/azurerm"
  version            = "0.7.0"
  kind               = "OpenAI"
  name               = "oai"
  local_auth_enabled = true
}

module "assistant" {
  source   = "Azure/avm-res-cognitiveservices-account/azurerm"
  version  = "0.7.0"
  kind     = "AIServices"
  name     = "assistant"
  sku_name = "S0"
}

module "classic" {
  source  = "Azure/openai/azurerm"
  version = "0.1.5"
}
