using Microsoft.SemanticKernel;

public static class Kernels
{
    public static Kernel Make(AppSettings settings)
    {
        var builder = Kernel.CreateBuilder();
        builder.AddAzureOpenAIChatCompletion(
            settings.Deployment,
            settings.Endpoint,
            settings.ApiKey);
        builder.AddOpenAITextEmbeddingGeneration(
            modelId: "text-embedding-3-small",
            apiKey: settings.EmbeddingKey);
        return builder.Build();
    }
}
