from azure.identity import DefaultAzureCredential
from azure.keyvault.secrets import SecretClient

DATABASE = "orders-db-password"
MODEL = "openai-api-key"

vault = SecretClient(vault_url="https://contoso.vault.azure.net", credential=DefaultAzureCredential())
database = vault.get_secret(DATABASE).value
model = vault.get_secret(MODEL).value
