using OpenAI;
using System.ClientModel;

public class GitHubModels
{
    private readonly string _baseUrl = "https://models.github.ai/inference";

    public OpenAIClient Create(IConfiguration config, string pat)
    {
        var credential = new ApiKeyCredential(config[pat]);
        var options = new OpenAIClientOptions()
        {
            Endpoint = new Uri(_baseUrl)
        };
        return new OpenAIClient(credential, options);
    }
}
