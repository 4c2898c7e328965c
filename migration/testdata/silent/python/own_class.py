class OpenAI:
    """Stands in for the client in the tests of this module."""

    def __init__(self, **options):
        self.options = options


def AzureOpenAI(*args):
    return None
