use async_openai::config::{AzureConfig, OpenAIConfig};
use async_openai::Client;

const API_KEY: &str = "...";

fn azure() -> Client<AzureConfig> {
    Client::with_config(AzureConfig::new().with_api_base(BASE).with_api_key(API_KEY))
}

fn own(key: &str) -> Client<OpenAIConfig> {
    let config = OpenAIConfig::new().with_api_key(key);
    Client::build(reqwest::Client::new(), config, Default::default())
}

fn other(secret: String) -> AzureOpenAIClient {
    AzureOpenAIClient::new(OpenAIKeyCredential::new(secret))
}
