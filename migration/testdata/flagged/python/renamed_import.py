import os
from openai import AsyncAzureOpenAI as Azure
import openai as oai

secret = os.environ["GATEWAY_SECRET"]

client = Azure(
    azure_endpoint=os.environ["AZURE_OPENAI_ENDPOINT"],
    api_version="2024-06-01",
    api_key=secret,
)

oai.api_key = secret
