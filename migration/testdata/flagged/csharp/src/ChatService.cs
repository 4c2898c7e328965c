using Azure;
using Azure.AI.OpenAI;
using OpenAI.Chat;

namespace Contoso.Assistant;

public class ChatService
{
    private readonly ChatClient _chat;

    public ChatService(IConfiguration configuration)
    {
        var endpoint = new Uri(configuration["AzureOpenAI:Endpoint"]!);
        var key = configuration["AzureOpenAI:ApiKey"];
        var azure = new AzureOpenAIClient(endpoint, new AzureKeyCredential(key!));
        _chat = azure.GetChatClient(configuration["AzureOpenAI:Deployment"]);
    }
}
