import os

import requests

GATEWAY_KEY = os.environ["GATEWAY_KEY"]
url = f"{os.environ['AZURE_OPENAI_ENDPOINT']}/openai/deployments/gpt4/chat/completions"
reply = requests.post(url, headers={"api-key": GATEWAY_KEY}, json={}, timeout=30)
