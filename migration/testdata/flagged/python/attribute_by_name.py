from openai import OpenAI

from app import settings


class Client:
    def __init__(self, api_key: str | None = None):
        self.api_key = api_key or getattr(settings, "openai_api_key", None)
        if not self.api_key:
            raise ValueError("OPENAI_API_KEY must be set")
        self.client = OpenAI(api_key=self.api_key)
