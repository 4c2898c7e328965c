from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain.chat_models import init_chat_model

llm = ChatOpenAI(model="gpt-4o-mini", temperature=0)
vectors = OpenAIEmbeddings(model="text-embedding-3-small")
judge = init_chat_model("azure_openai:gpt-4o", temperature=0)
