class Answer
  def client
    api_key = Rails.application.credentials.dig(:openai, :api_key)
    return if api_key.blank?

    @client ||= ::OpenAI::Client.new(api_key: api_key)
  end
end
