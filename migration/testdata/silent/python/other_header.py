import os

import requests
from openai import AzureOpenAI  # noqa: F401


def save_routine(routine):
    headers = {"api-key": os.environ["FITNESS_API_KEY"], "Content-Type": "application/json"}
    return requests.post("https://api.fitness.example/v1/routines", headers=headers, json=routine, timeout=10)
