use async_openai::{config::OpenAIConfig, Client};

fn client<'a>(name: &'a str) -> Client<OpenAIConfig> {
    let api_key = std::env::var("OPENAI_API_KEY").expect("OPENAI_API_KEY is not set");
    println!("hello {name}");
    let config = OpenAIConfig::new()
        .with_api_key(api_key)
        .with_org_id("contoso");
    Client::with_config(config)
}
