//! The presets speak OpenAI's protocol.
pub fn zhipu(api_key: &str) -> Result<LlmClient, Error> {
    LlmClient::from_preset("zhipu")?.with_api_key(api_key).build()
}

pub fn claude(key: String) -> Claude {
    Claude::default().with_api_key(key).with_model("claude-sonnet")
}
