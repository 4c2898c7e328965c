import os

from openai import OpenAI

client = OpenAI(
    base_url="https://contoso.openai.azure.com/openai/v1/",
    api_key=os.environ["AZURE_OPENAI_API_KEY"],
)
print(client.responses.create(model="gpt-4.1", input="Hello").output_text)
