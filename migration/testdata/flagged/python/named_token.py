import os

import openai

token = os.getenv("TOKEN_FOR_CHAT")
openai.api_key = token
