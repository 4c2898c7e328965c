import os

import requests

# the index whose vectors Azure OpenAI made
headers = {"api-key": os.environ["AZURE_SEARCH_ADMIN_KEY"], "Content-Type": "application/json"}
requests.get("https://contoso.search.windows.net/indexes?api-version=2024-07-01", headers=headers, timeout=10)
