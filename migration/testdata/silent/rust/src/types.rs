/// The settings of the OpenAI client.
#[derive(Clone, serde::Deserialize)]
pub struct OpenAIConfig {
    pub api_key: String,
    pub api_base: String,
}

impl OpenAIConfig {
    pub fn with_api_key(mut self, api_key: String) -> Self {
        self.api_key = api_key;
        self
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn keeps() {
        let c = OpenAIConfig::default().with_api_key("test-key".into());
        assert_eq!(c.api_key, "test-key");
    }
}
