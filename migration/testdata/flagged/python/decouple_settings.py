from decouple import config

OPENAI_API_KEY = config("OPENAI_API_KEY")
OPENAI_KEY = config("CHAT_SECRET")
