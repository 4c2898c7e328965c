public static class Registration
{
    public static IServiceCollection AddAssistant(this IServiceCollection services, IConfiguration configuration)
    {
        var section = configuration.GetSection("AzureOpenAI");
        var apiKey = section["ApiKey"] ?? throw new InvalidOperationException("AzureOpenAI:ApiKey is required");
        var other = configuration.GetValue<string>("OpenAI:Key");
        services.AddSingleton(new Assistant(section["Endpoint"], apiKey, other));
        return services;
    }
}
