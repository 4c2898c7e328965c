from promptflow.entities import AzureOpenAIConnection

connection = AzureOpenAIConnection(
    name="main",
    api_key=read_secret("chat"),
    api_base="https://contoso.openai.azure.com",
)
