from openai import AzureOpenAI
import os
class X:
    def __init__(self):
        try:
            api_key = os.getenv('AZURE_OPENAI_API_KEY')
            if not api_key:
                raise ValueError("no key")
            self.client = AzureOpenAI(
                api_key=api_key,
                azure_endpoint=os.getenv('E'))
        except Exception as e:
            print(e)
def main():
    endpoint = os.getenv("E")
    azure_api_key = os.getenv("AZURE_API_KEY")
    client = AzureOpenAI(
        api_key=azure_api_key,
        azure_endpoint=endpoint,
        )
