require "langchain"

llm = Langchain::LLM::OpenAI.new(api_key: ENV["OPENAI_API_KEY"])
azure = Langchain::LLM::Azure.new(api_key: ENV["AZURE_OPENAI_KEY"], llm_options: { api_type: :azure })
