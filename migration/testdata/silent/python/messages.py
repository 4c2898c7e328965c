"""Signs in without AZURE_OPENAI_API_KEY.

    export OPENAI_API_KEY=...   # no longer needed
"""
import logging

# client = AzureOpenAI(api_key=os.environ["AZURE_OPENAI_API_KEY"])
logging.info("AZURE_OPENAI_API_KEY is not read any more")
print("OPENAI_API_KEY")
HINT = "Remove 'OPENAI_API_KEY' from the settings."
