require "openai"

client = OpenAI::Client.new(access_token: ENV.fetch("CHAT_SECRET"))
azure = OpenAI::Client.new(
  access_token: token_of_team,
  uri_base: "https://contoso.openai.azure.com/openai/deployments/gpt4",
  api_type: :azure,
  api_version: "2024-02-01"
)
