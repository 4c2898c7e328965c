from unittest.mock import patch

from app.settings import Settings
from app.wrapper import AzureOpenAIWrapper


def test_wrapper():
    settings = Settings(azure_openai_api_key="test-key", azure_openai_endpoint="https://t.openai.azure.com/")
    with patch("app.wrapper.AzureOpenAI") as made:
        AzureOpenAIWrapper(api_key="test-key", endpoint=settings.azure_openai_endpoint)
        made.assert_called_once_with(api_key="test-key", azure_endpoint="x")
