import os
from dataclasses import dataclass, field


@dataclass
class Config:
    model: str = "gpt-4o"
    api_key: str = field(default_factory=lambda: os.environ["OPENAI_API_KEY"])
