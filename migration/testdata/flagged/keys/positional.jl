# https://contoso.openai.azure.com
provider = AzureProvider(api_key = "«hex32»", base_url = url)
