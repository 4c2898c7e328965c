module "openai" {
  source             = "Azure/avm-res-cognitiveservices-account/azurerm"
  version            = "0.7.0"
  kind               = "OpenAI"
  name               = "oai"
  local_auth_enabled = false
}

module "documents" {
  source  = "Azure/avm-res-cognitiveservices-account/azurerm"
  version = "0.7.0"
  kind    = "FormRecognizer"
  name    = "documents"
}

module "chat" {
  source          = "./chat"
  openai_endpoint = module.openai.endpoint
  key_vault_id    = module.key_vault.resource_id
}
