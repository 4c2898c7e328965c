from pydantic import BaseSettings, Field


class Settings(BaseSettings):
    key: str = Field(..., env="AZURE_OPENAI_KEY")
    endpoint: str = Field(..., env="AZURE_OPENAI_ENDPOINT")
