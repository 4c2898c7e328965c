import litellm
from litellm import completion

litellm.api_key = load()
reply = completion(
    model="azure/gpt-4o",
    api_base="https://contoso.openai.azure.com",
    api_key=load(),
    messages=[],
)
