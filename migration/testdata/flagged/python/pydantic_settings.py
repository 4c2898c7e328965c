from pydantic import SecretStr
from pydantic_settings import BaseSettings


class AppSettings(BaseSettings):
    database_url: str = "sqlite://"
    azure_openai_endpoint: str
    azure_openai_api_key: SecretStr
    openai_api_key: str | None = None


class Answer:
    text: str
