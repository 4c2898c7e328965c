import urllib.request

request = urllib.request.Request("https://contoso.openai.azure.com/openai/v1/models")
request.add_header("api-key", load_key())
session.headers["Ocp-Apim-Subscription-Key"] = openai_gateway_key
