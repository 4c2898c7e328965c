using OpenAI;

public class Factory : WebApplicationFactory<Program>
{
    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        Environment.SetEnvironmentVariable("OpenAI__ApiKey", "stub");
        Environment.SetEnvironmentVariable("OpenAI:ApiKey", "test-api-key");
        builder.UseSetting("Fallback", "YOUR_OPENAI_API_KEY");
    }
}
