using Azure;
using Azure.AI.OpenAI;
using Azure.Identity;

public class Either(AssistantSettings settings)
{
    public AzureOpenAIClient Client => string.IsNullOrEmpty(settings.Key)
        ? new AzureOpenAIClient(new Uri(settings.Endpoint), new DefaultAzureCredential())
        : new AzureOpenAIClient(new Uri(settings.Endpoint), new AzureKeyCredential(settings.Key));
}
