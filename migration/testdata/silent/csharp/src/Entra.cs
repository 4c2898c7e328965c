using Azure.AI.OpenAI;
using Azure.Identity;

var endpoint = new Uri(Environment.GetEnvironmentVariable("AZURE_OPENAI_ENDPOINT")!);
var client = new AzureOpenAIClient(endpoint, new DefaultAzureCredential());
AzureOpenAIClient second = new(endpoint, new ManagedIdentityCredential());
Console.WriteLine(client.GetChatClient("gpt-4o").CompleteChat("Hello").Value.Content[0].Text);
