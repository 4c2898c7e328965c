use async_openai::{config::OpenAIConfig, Client};

pub async fn session() -> Client<OpenAIConfig> {
    let config = OpenAIConfig::default()
        .with_header("OpenAI-Beta", "assistants=v2")
        .unwrap();
    Client::with_config(config)
}
