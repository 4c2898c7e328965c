using Azure;

public static class OpenAIExtensions
{
    /// <summary>Adds OpenAI with a key given by the caller.</summary>
    public static IKernelBuilder AddOurOpenAI(this IKernelBuilder builder, string model, string apiKey, string? orgId = null)
    {
        Verify.NotNullOrWhiteSpace(apiKey);
        return builder.Configure(model, orgId);
    }
}
