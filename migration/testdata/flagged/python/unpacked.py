import os
from openai import AzureOpenAI

options = {
    "azure_endpoint": os.environ["AZURE_OPENAI_ENDPOINT"],
    "api_version": "2024-06-01",
    "api_key": os.environ["LLM_SECRET"],
}
client = AzureOpenAI(**options)
