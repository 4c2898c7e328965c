import os
from getpass import getpass

if "OPENAI_API_KEY" not in os.environ:
    os.environ["OPENAI_API_KEY"] = getpass("OpenAI key: ")

os.environ.setdefault("AZURE_OPENAI_API_KEY", getpass())
