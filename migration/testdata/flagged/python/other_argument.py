from google import genai
from openai import AsyncOpenAI


class Models:
    """One client a vendor; the second one's argument says nothing of the first."""

    def __init__(self, api_key: str, google_api_key: str):
        self.openai = AsyncOpenAI(api_key=api_key)
        self.google = genai.Client(api_key=google_api_key)
