import os

from azure.identity import AzureCliCredential

access = AzureCliCredential().get_token("https://cognitiveservices.azure.com/.default")
os.environ["AZURE_OPENAI_API_KEY"] = access.token
