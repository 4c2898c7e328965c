using Microsoft.KernelMemory;

var memory = new KernelMemoryBuilder()
    .WithAzureOpenAITextGeneration(new AzureOpenAIConfig
    {
        Auth = AzureOpenAIConfig.AuthTypes.APIKey,
        APIKey = settings.Key,
        Endpoint = settings.Endpoint,
        Deployment = "gpt-4o",
    })
    .Build<MemoryServerless>();
