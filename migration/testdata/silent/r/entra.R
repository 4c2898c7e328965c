library(ellmer)

token <- AzureAuth::get_azure_token("https://cognitiveservices.azure.com", tenant, app)
chat <- chat_azure_openai(
  endpoint = "https://contoso.openai.azure.com",
  deployment_id = "gpt-4o",
  credentials = function() token$credentials$access_token
)
