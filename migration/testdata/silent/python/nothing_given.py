from azure.identity import ManagedIdentityCredential, get_bearer_token_provider
from langchain_openai import AzureChatOpenAI

chat = AzureChatOpenAI(
    azure_deployment="gpt-4o",
    api_key=None,
    azure_ad_token_provider=get_bearer_token_provider(ManagedIdentityCredential(), "https://cognitiveservices.azure.com/.default"),
)
