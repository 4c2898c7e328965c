import os

import anthropic
import openai  # noqa: F401

client = anthropic.Anthropic(api_key=os.environ["ANTHROPIC_API_KEY"])
