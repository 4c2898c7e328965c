require "openai"

# a token of Microsoft Entra, from the metadata endpoint
token = fetch_managed_identity_token("https://cognitiveservices.azure.com/.default")
client = OpenAI::Client.new(
  access_token: token,
  uri_base: "https://contoso.openai.azure.com",
  api_type: :azure
)
