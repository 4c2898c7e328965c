import os

import requests

URL = "https://contoso.openai.azure.com/openai/deployments/gpt4/chat/completions?api-version=2024-06-01"
headers = {
    "Content-Type": "application/json",
    "api-key": os.environ["LLM_KEY"],
}
print(requests.post(URL, headers=headers, json={"messages": []}, timeout=30).json())
