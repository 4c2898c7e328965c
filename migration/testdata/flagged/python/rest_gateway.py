import os

import requests


def ask(history):
    url = f"{os.getenv('BASE')}/deployments/{os.getenv('MODEL')}/chat/completions?api-version={os.getenv('VERSION')}"
    headers = {"Content-Type": "application/json", "api-key": os.getenv("ACCESS_TOKEN")}
    return requests.post(url, json={"messages": history}, headers=headers, timeout=15).json()
