import os

from google.adk.models.lite_llm import LiteLlm

AZURE_API_KEY = os.getenv("AZURE_API_KEY")
AZURE_API_BASE = os.getenv("AZURE_API_BASE")

model = LiteLlm(model="azure/gpt-4o")
other = LiteLlm(model="deepseek/deepseek-chat")
