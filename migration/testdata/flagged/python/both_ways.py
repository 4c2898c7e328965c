import os

from azure.identity import DefaultAzureCredential, get_bearer_token_provider
from openai import AzureOpenAI

key = os.getenv("AZURE_OPENAI_API_KEY")
if key:
    client = AzureOpenAI(api_key=key, azure_endpoint=ENDPOINT, api_version="2024-06-01")
else:
    provider = get_bearer_token_provider(DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default")
    client = AzureOpenAI(azure_ad_token_provider=provider, azure_endpoint=ENDPOINT, api_version="2024-06-01")
