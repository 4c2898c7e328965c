"""Talks to the deployment with the first generation of the library."""
import os

import openai

openai.api_type = "azure"
openai.api_base = os.getenv("API_BASE")
openai.api_version = "2023-05-15"
openai.api_key = os.getenv("API_KEY")


def ask(question):
    answer = openai.ChatCompletion.create(
        engine="gpt-35-turbo",
        messages=[{"role": "user", "content": question}],
    )
    return answer["choices"][0]["message"]["content"]
