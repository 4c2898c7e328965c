from openai import AzureOpenAI

key = dbutils.secrets.get(scope="ml", key="aoai-key")
client = AzureOpenAI(api_key=key, azure_endpoint=ENDPOINT, api_version="2024-06-01")
