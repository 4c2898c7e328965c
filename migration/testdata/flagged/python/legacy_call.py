import openai
from settings import AZURE_KEY


def embed(text):
    return openai.Embedding.create(
        input=text,
        engine="ada-002",
        api_type="azure",
        api_base="https://contoso.openai.azure.com",
        api_key=AZURE_KEY,
    )
