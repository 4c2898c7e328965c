namespace Contoso.Settings;

/// <summary>What the section AzureOpenAI of appsettings.json holds.</summary>
public class AzureOpenAIOptions
{
    public const string SectionName = "AzureOpenAI";

    public string Endpoint { get; set; } = string.Empty;

    [Required]
    public string ApiKey { get; set; } = string.Empty;

    public bool HasKey => !string.IsNullOrEmpty(ApiKey);
}
