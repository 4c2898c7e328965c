import os
from unittest.mock import MagicMock, patch

from openai import OpenAI


def test_answer(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "test-key")
    client = OpenAI(api_key="fake")
    assert client


@patch.dict(os.environ, {"AZURE_OPENAI_API_KEY": "dummy", "AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com"})
def test_environment():
    assert MagicMock()
