task ask: :environment do
  client = OpenAI::Client.new
  puts client.models.list
  key = Rails.application.credentials.openai[:api_key]
end
