from openai import AzureOpenAI

def f():
    return AzureOpenAI(api_version="x",
                       azure_endpoint=e)  # all from the environment

if __name__ == "__main__":
    print(f"key {f()}")
