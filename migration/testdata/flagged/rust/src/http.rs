use reqwest::header::AUTHORIZATION;

const URL: &str = "https://api.openai.com/v1/chat/completions";

pub async fn ask(http: &reqwest::Client, api_key: &str, body: &serde_json::Value) -> reqwest::Result<String> {
    let quote = '"';
    http.post(URL)
        .header(AUTHORIZATION, format!("Bearer {}", api_key))
        .header("x-quote", quote.to_string())
        .json(body)
        .send()
        .await?
        .text()
        .await
}

pub async fn again(http: &reqwest::Client, api_key: &str) -> reqwest::Result<reqwest::Response> {
    http.get("https://api.openai.com/v1/models").bearer_auth(api_key).send().await
}

pub fn azure(request: reqwest::RequestBuilder, key: &str) -> reqwest::RequestBuilder {
    request.header("api-key", key) // to contoso.openai.azure.com
}
