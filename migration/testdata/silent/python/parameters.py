def summarize(text, openai_api_key=None, model="gpt-4o"):
    """Hands the work on to the queue."""
    return enqueue(text, openai_api_key, model)


class Job:
    def __init__(self, openai_api_key):
        self.openai_api_key = openai_api_key
