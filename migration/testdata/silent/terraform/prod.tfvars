openai_endpoint        = "https://contoso.openai.azure.com"
openai_key_secret_name = "azure-openai-key"
anthropic_api_key      = "abc123def456"
local_auth_enabled     = false
