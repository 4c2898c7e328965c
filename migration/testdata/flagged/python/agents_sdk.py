from agents import set_default_openai_key
from pydantic_ai.providers.azure import AzureProvider
from pydantic_ai.providers.openai import OpenAIProvider

set_default_openai_key(load_key())
provider = OpenAIProvider(api_key=load_key())
azure = AzureProvider(azure_endpoint="https://contoso.openai.azure.com", api_key=load_key())
