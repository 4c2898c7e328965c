public static class AzureHttp
{
    public static async Task<string> Send(HttpClient http, string resource, string key, string body)
    {
        http.DefaultRequestHeaders.Clear();
        http.DefaultRequestHeaders.Add("api-key", key);
        var answer = await http.PostAsync($"https://{resource}.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-06-01", new StringContent(body));
        return await answer.Content.ReadAsStringAsync();
    }
}
