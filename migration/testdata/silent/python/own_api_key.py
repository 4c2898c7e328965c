from fastapi import Header, HTTPException
from openai import AzureOpenAI  # noqa: F401


def check(api_key: str = Header(alias="api-key")):
    if api_key != load_own_secret():
        raise HTTPException(401)


def received(request):
    return request.headers.get("api-key")
