use async_openai::{config::AzureConfig, Client};

pub fn azure(base: &str, key: String) -> Client<AzureConfig> {
    let config = AzureConfig::new()
        .with_api_base(base)
        .with_api_key(key)
        .with_deployment_id("gpt-4o")
        .with_api_version("2024-06-01");
    Client::with_config(config)
}

pub fn implicit() -> Client<async_openai::config::OpenAIConfig> {
    Client::new()
}
