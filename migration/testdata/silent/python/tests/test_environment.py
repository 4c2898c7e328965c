import os
from unittest.mock import patch

import pytest

from app.models import check, client


def test_uses_the_key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "from-the-environment")
    assert client().provider == "openai"


def test_names_what_is_missing():
    with patch.dict(os.environ, {"OPENAI_API_KEY": "SENTINEL"}), pytest.raises(ValueError, match="OPENAI_API_KEY"):
        check()
