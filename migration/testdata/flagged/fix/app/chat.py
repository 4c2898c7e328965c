"""Asks the model, without waiting for it."""

import asyncio
import os

from dotenv import load_dotenv
from openai import AsyncAzureOpenAI  # the client

load_dotenv()

endpoint = os.environ["AZURE_OPENAI_ENDPOINT"]
api_key = os.getenv("AZURE_OPENAI_API_KEY")
if not api_key:
    raise RuntimeError("AZURE_OPENAI_API_KEY is not set")

client = AsyncAzureOpenAI(
    azure_endpoint=endpoint,
    api_key=api_key,  # from the vault
    api_version="2024-10-21",
)


async def main() -> None:
    models = await client.models.list()
    print(models)


asyncio.run(main())
