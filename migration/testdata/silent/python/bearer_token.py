import requests
from azure.identity import DefaultAzureCredential

token = DefaultAzureCredential().get_token("https://cognitiveservices.azure.com/.default").token
requests.post(
    "https://contoso.openai.azure.com/openai/v1/responses",
    headers={"Authorization": f"Bearer {token}"},
    json={},
    timeout=30,
)
