import os


def configured() -> bool:
    return bool(os.environ.get("AZURE_OPENAI_API_KEY"))


def fallback():
    return os.getenv("OPENAI_API_KEY", "")
