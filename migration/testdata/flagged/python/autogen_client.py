from autogen_ext.models.openai import AzureOpenAIChatCompletionClient, OpenAIChatCompletionClient

azure = AzureOpenAIChatCompletionClient(
    azure_deployment="gpt-4o",
    azure_endpoint="https://contoso.openai.azure.com",
    api_key=lookup("chat"),
)
public = OpenAIChatCompletionClient(model="gpt-4o")
