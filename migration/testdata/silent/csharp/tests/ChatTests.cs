using OpenAI;
using Xunit;

public class ChatTests
{
    [Fact]
    public void Makes_a_client()
    {
        var client = new OpenAIClient("test-key");
        Assert.NotNull(client);
        Environment.SetEnvironmentVariable("OPENAI_API_KEY", null);
        Environment.SetEnvironmentVariable("OPENAI_API_KEY", "dummy");
    }

    [Fact]
    public void Says_what_is_missing()
    {
        var e = Assert.Throws<ArgumentException>(() => new OpenAIClient(""));
        Assert.Contains("OPENAI_API_KEY", e.Message);
    }
}
