using OpenAI;
using OpenAI.Chat;

var configuration = new ConfigurationBuilder().AddUserSecrets<Program>().Build();
var apiKey = configuration["OpenAI:ApiKey"];

OpenAIClient openAIClient = new(apiKey);

var answer = openAIClient.GetChatClient("gpt-4o").CompleteChat("Hello");
