from langchain_openai import ChatOpenAI
from openai import OpenAI
from vllm import LLM

client = OpenAI(api_key="EMPTY", base_url=f"http://{HOST}:{PORT}/v1")
local = ChatOpenAI(model="llama3", base_url="http://localhost:11434/v1", api_key="ollama")
engine = LLM(model="facebook/opt-125m")
