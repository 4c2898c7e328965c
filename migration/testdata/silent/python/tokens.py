import tiktoken

encoding = tiktoken.encoding_for_model("gpt-4o")


def openai_tokens(text):
    return len(encoding.encode(text))


keys = {"gpt-4o": 128_000, "gpt-4": 8_192}
