import semantic_kernel as sk
from semantic_kernel.connectors.ai.open_ai import AzureTextCompletion

deployment, api_key, endpoint = sk.azure_openai_settings_from_dot_env()
kernel.add_text_completion_service("text", AzureTextCompletion(deployment, endpoint, api_key))
