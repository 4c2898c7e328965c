use async_openai::{config::OpenAIConfig, Client};

pub fn model(base_url: String, api_key: Option<String>) -> Client<OpenAIConfig> {
    let mut openai = OpenAIConfig::new().with_api_base(base_url);
    if let Some(key) = api_key {
        openai = openai.with_api_key(key);
    }
    Client::with_config(openai)
}
