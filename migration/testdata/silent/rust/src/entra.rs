pub async fn ask(http: &reqwest::Client, credential: &dyn TokenCredential) -> anyhow::Result<String> {
    let token = credential.get_token(&["https://cognitiveservices.azure.com/.default"]).await?;
    let url = "https://contoso.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21";
    Ok(http.post(url).bearer_auth(token.token.secret()).send().await?.text().await?)
}
