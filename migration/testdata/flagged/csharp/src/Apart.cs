using Microsoft.SemanticKernel;

public static class Setup
{
    public static void AddModels(this IKernelBuilder kernel, IConfiguration configuration)
    {
        kernel.AddAzureOpenAIEmbeddingGenerator
        (deploymentName: "embed", endpoint: configuration["embed-endpoint"],
            apiKey: configuration["embed-apikey"]);

        kernel.Services.AddAzureOpenAIChatCompletion("o4-mini",
            configuration["mini-endpoint"],
            configuration["mini-apikey"],
            "o4-mini");
    }
}
