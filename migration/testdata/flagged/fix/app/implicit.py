from openai import AzureOpenAI

ENDPOINT = "https://contoso.openai.azure.com"


def plain():
    return AzureOpenAI(azure_endpoint=ENDPOINT, api_version="2024-10-21")


def patient():
    return AzureOpenAI(
        azure_endpoint=ENDPOINT,
        api_version="2024-10-21",
        timeout=300  # seconds
    )
