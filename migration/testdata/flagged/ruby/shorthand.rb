access_token =
  Rails.env.development? ? ENV.fetch("OPEN_AI_DEV_TOKEN", nil) : ENV.fetch("OPEN_AI_TOKEN", nil)

CLIENT = OpenAI::Client.new(access_token:)
