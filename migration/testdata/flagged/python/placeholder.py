from openai import AzureOpenAI

client = AzureOpenAI(
    api_key="<your key>",
    azure_endpoint="https://RESOURCE.openai.azure.com",
    api_version="2024-02-01",
)
