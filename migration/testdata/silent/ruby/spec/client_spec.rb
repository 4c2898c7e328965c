RSpec.describe OpenAI::Client do
  before { ENV["OPENAI_API_KEY"] = "test" }

  it "answers" do
    client = OpenAI::Client.new(access_token: "dummy")
    expect(client).to be_a(described_class)
  end
end
