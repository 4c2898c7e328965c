import os
from openai import OpenAI


def make(provider):
    if provider == "groq":
        api_key = os.environ["GROQ_API_KEY"]
        return OpenAI(base_url="https://api.groq.com/openai/v1", api_key=api_key)
    api_key = os.environ["OPENAI_API_KEY"]
    return OpenAI(api_key=api_key)
