import os

from azure.ai.inference import EmbeddingsClient
from azure.core.credentials import AzureKeyCredential
from azure.search.documents import SearchClient

search = SearchClient(os.environ["AZURE_SEARCH_ENDPOINT"], "docs", AzureKeyCredential(os.environ["AZURE_SEARCH_KEY"]))
credential = AzureKeyCredential(os.environ["FOUNDRY_SECRET"])
client = EmbeddingsClient("https://contoso.openai.azure.com/openai/deployments/ada", credential=credential)
