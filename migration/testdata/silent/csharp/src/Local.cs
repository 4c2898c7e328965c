using System.ClientModel;
using OpenAI;

var options = new OpenAIClientOptions();
options.Endpoint = new Uri("http://localhost:11434/v1");
var client = new OpenAIClient(new ApiKeyCredential(settings.LocalKey), options);
