from langchain_openai import AzureChatOpenAI, AzureOpenAIEmbeddings

from app.config import settings

chat = AzureChatOpenAI(
    azure_endpoint=settings.aoai_endpoint,
    api_key=settings.aoai_key,
    azure_deployment=settings.aoai_deployment,
)
embeddings = AzureOpenAIEmbeddings(
    azure_endpoint=settings.aoai_endpoint,
    openai_api_key=settings.aoai_key,
)
