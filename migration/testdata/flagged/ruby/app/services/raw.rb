class Raw
  def ask(prompt)
    uri = URI("https://api.openai.com/v1/chat/completions")
    request = Net::HTTP::Post.new(uri)
    request["Authorization"] = "Bearer #{Rails.application.credentials.openai_api_key}"
    request.body = { model: "gpt-4o", messages: [{ role: "user", content: prompt }] }.to_json
    Net::HTTP.start(uri.host, uri.port, use_ssl: true) { |http| http.request(request) }
  end
end
