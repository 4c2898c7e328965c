from haystack.components.generators import AzureOpenAIGenerator
from haystack.utils import Secret

generator = AzureOpenAIGenerator(
    azure_endpoint="https://contoso.openai.azure.com",
    api_key=Secret.from_env_var("AZURE_OPENAI_API_KEY"),
    azure_deployment="gpt-4o",
)
