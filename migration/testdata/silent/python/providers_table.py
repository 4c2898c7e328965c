import os

PROVIDERS = {
    "deepseek": {"base_url": "https://api.deepseek.com", "api_key": os.environ["DEEPSEEK_API_KEY"], "model": "deepseek-chat"},
    "groq": {"base_url": "https://api.groq.com/openai/v1", "api_key": os.environ.get("GROQ_API_KEY"), "model": "llama"},
}
