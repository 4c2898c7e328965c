using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

var credential = new ApiKeyCredential(Environment.GetEnvironmentVariable("GITHUB_TOKEN")!);
var options = new OpenAIClientOptions { Endpoint = new Uri("https://models.inference.ai.azure.com") };
var client = new ChatClient("gpt-4o", credential, options);
