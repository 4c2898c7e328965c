use clap::Parser;

#[derive(Parser)]
pub struct Args {
    /// The key of OpenAI.
    #[arg(long, env = "OPENAI_API_KEY", hide_env_values = true)]
    pub openai_api_key: String,

    #[arg(long, env = "AZURE_OPENAI_ENDPOINT")]
    pub endpoint: Option<String>,
}
