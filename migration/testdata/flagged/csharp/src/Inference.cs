using Azure;
using Azure.AI.Inference;

var endpoint = new Uri("https://contoso.services.ai.azure.com/models");
var client = new ChatCompletionsClient(endpoint, new AzureKeyCredential(Environment.GetEnvironmentVariable("AZURE_AI_KEY")!));
Console.WriteLine(client.Complete(new ChatCompletionsOptions { Model = "Phi-4" }).Value.Content);
