using OpenAI;
using OpenAI.Managers;

public class Called(Options options)
{
    private readonly OpenAIService service = new(new OpenAiOptions
    {
        BaseDomain = options.Address,
        ApiKey = options.AiToken,
        ProviderType = ProviderType.Azure,
    });
}
