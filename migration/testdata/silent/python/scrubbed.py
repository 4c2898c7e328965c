import os

SENSITIVE_VARIABLES = {"OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"}

for name in ["OPENAI_API_KEY", "AZURE_OPENAI_API_KEY"]:
    os.environ.pop(name, None)
child = {k: v for k, v in os.environ.items() if k not in ("OPENAI_API_KEY",)}
