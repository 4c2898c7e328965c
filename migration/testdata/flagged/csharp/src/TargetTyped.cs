using System.ClientModel;
using Azure.AI.OpenAI;

string apiKey = Environment.GetEnvironmentVariable("AZURE_OPENAI_API_KEY")
    ?? throw new InvalidOperationException("AZURE_OPENAI_API_KEY is missing");

AzureOpenAIClient client = new(
    new Uri("https://contoso.openai.azure.com"),
    new ApiKeyCredential(apiKey));

Console.WriteLine(client.GetChatClient("gpt-4o").CompleteChat("Hello").Value.Content[0].Text);
