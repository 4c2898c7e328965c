use async_openai::{config::OpenAIConfig, Client};

pub fn groq() -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new()
        .with_api_base("https://api.groq.com/openai/v1")
        .with_api_key(std::env::var("GROQ_API_KEY").unwrap());
    Client::with_config(config)
}
