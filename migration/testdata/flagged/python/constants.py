AZURE_OPENAI_ENDPOINT = "https://contoso.openai.azure.com/"
AZURE_OPENAI_KEY = "put the key of the resource in here"
