from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import AzureChatCompletion, OpenAIChatCompletion

kernel = Kernel()
kernel.add_service(AzureChatCompletion(deployment_name="gpt", endpoint=endpoint, api_key=key))
kernel.add_service(OpenAIChatCompletion(ai_model_id="gpt-4o", api_key=key))
