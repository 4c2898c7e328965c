library(ellmer)

chat <- chat_azure_openai(
  endpoint = "https://contoso.openai.azure.com",
  deployment_id = "gpt-4o",
  api_key = Sys.getenv("TEAM_KEY")
)
public <- chat_openai(model = "gpt-4o")
