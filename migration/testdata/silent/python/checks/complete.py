from openai import AzureOpenAI


def complete(config):
    missing = []
    if not config.signed_in:
        missing.append("AZURE_OPENAI_API_KEY")
    if missing:
        raise RuntimeError(", ".join(missing))
    return AzureOpenAI(azure_ad_token_provider=config.provider)
