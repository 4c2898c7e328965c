import os
from openai import AsyncOpenAI, OpenAI

deepseek = OpenAI(api_key=os.environ["DEEPSEEK_API_KEY"], base_url="https://api.deepseek.com")
router = AsyncOpenAI(base_url="https://openrouter.ai/api/v1", api_key=os.getenv("ROUTER"))
local = OpenAI(base_url="http://localhost:11434/v1", api_key="ollama")
LM_STUDIO = "http://127.0.0.1:1234/v1"
studio = OpenAI(base_url=LM_STUDIO, api_key=os.getenv("ANY_KEY", "none"))
groq_key = os.environ["GROQ_API_KEY"]
groq = OpenAI(base_url=os.environ["GROQ_URL"], api_key=groq_key)
