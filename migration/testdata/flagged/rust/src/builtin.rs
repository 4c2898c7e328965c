pub const KEY: &str = env!("AZURE_OPENAI_KEY");
