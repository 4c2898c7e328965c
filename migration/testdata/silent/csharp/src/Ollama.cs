using System.ClientModel;
using OpenAI;

var client = new OpenAIClient(new ApiKeyCredential("ollama"), new OpenAIClientOptions { Endpoint = new Uri("http://localhost:11434/v1") });
var local = new OpenAIClient(new ApiKeyCredential(settings.Key), new OpenAIClientOptions { Endpoint = new Uri("http://localhost:1234/v1") });
