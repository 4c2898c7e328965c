using Azure;
using Azure.AI.OpenAI;

public class Summarize
{
    [Function("Summarize")]
    public async Task<string> Run([QueueTrigger("texts")] string text)
    {
        var endpoint = Environment.GetEnvironmentVariable("OpenAIEndpoint");
        var credential = new AzureKeyCredential(Environment.GetEnvironmentVariable("OpenAIKey")!);
        var client = new OpenAIClient(new Uri(endpoint!), credential);
        var r = await client.GetChatCompletionsAsync(new ChatCompletionsOptions { Messages = { new ChatRequestUserMessage(text) } });
        return r.Value.Choices[0].Message.Content;
    }
}
