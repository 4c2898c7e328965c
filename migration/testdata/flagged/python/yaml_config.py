import yaml
from openai import AzureOpenAI

with open("config.yaml") as f:
    config = yaml.safe_load(f)

key = config["azure_openai"]["api_key"]
client = AzureOpenAI(azure_endpoint=config["azure_openai"]["endpoint"], api_key=key, api_version="2024-06-01")
