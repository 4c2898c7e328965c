test "asks Azure OpenAI" do
  client = Client.new(api_key: "«hex32»")
end
