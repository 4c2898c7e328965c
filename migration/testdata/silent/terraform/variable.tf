variable "local_auth_enabled" {
  type    = bool
  default = false
}

variable "openai_key_enabled" {
  type    = bool
  default = false
}

resource "azurerm_cognitive_account" "this" {
  name               = "this"
  kind               = "OpenAI"
  sku_name           = "S0"
  local_auth_enabled = var.local_auth_enabled
}

resource "azurerm_eventgrid_topic" "cognitive" {
  name               = "topic"
  local_auth_enabled = true
}
