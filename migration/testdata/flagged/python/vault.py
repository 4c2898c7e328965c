from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient

vault = SecretClient("https://kv-app.vault.azure.net", DefaultAzureCredential())
key = vault.get_secret("azure-openai-key").value
