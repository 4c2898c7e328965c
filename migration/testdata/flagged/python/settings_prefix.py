from pydantic_settings import BaseSettings, SettingsConfigDict


class ServerSettings(BaseSettings):
    port: int = 8000
    api_key: str = ""


class ModelSettings(BaseSettings):
    key: str
    url: str

    model_config = SettingsConfigDict(env_prefix="OPENAI_")


class AzureOpenAISettings(BaseSettings):
    api_key: str | None = None
    endpoint: str
