library(httr)

key <- Sys.getenv("AZURE_OPENAI_KEY")
reply <- POST(
  "https://contoso.openai.azure.com/openai/deployments/gpt4/chat/completions?api-version=2024-02-01",
  add_headers(`api-key` = key),
  body = list(messages = list()),
  encode = "json"
)
