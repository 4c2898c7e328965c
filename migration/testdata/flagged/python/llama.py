from llama_index.embeddings.azure_openai import AzureOpenAIEmbedding
from llama_index.llms.azure_openai import AzureOpenAI

llm = AzureOpenAI(
    engine="gpt-4o",
    api_key=api_key,
    azure_endpoint=azure_endpoint,
)
embed_model = AzureOpenAIEmbedding(model="ada", api_key=api_key, azure_endpoint=azure_endpoint)
