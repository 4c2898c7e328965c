VAULT = "kv-openai-prod"
OPENAI_KEY_VAULT_NAME = "kv-openai-prod"
azure_openai_key_vault_url = f"https://{VAULT}.vault.azure.net"
