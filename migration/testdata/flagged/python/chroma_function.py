import os

from chromadb.utils import embedding_functions

embed = embedding_functions.OpenAIEmbeddingFunction(
    api_key=os.getenv("CHROMA_EMBED_SECRET"),
    model_name="text-embedding-3-small",
)
