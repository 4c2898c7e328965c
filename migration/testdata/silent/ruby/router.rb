require "openai"

class Router
  def initialize(api_key:)
    @client = OpenAI::Client.new(
      base_url: "https://openrouter.ai/api/v1",
      api_key:
    )
  end
end
