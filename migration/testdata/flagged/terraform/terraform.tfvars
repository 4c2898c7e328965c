location              = "westeurope"
openai_api_key        = "Tz81kQ0pLm37RvXwBn52cHdE"
aoai_key              = ""
azure_openai_endpoint = "https://contoso.openai.azure.com"
