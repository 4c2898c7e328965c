using Azure;
using Azure.AI.TextAnalytics;

// The sentiment decides whether Azure OpenAI is asked at all.
public class Sentiment
{
    private readonly TextAnalyticsClient _client;

    public Sentiment(string endpoint, string apiKey)
    {
        var credentials = new AzureKeyCredential(apiKey);
        _client = new TextAnalyticsClient(new Uri(endpoint), credentials);
    }
}
