using OpenAI.Chat;
using OpenAI.Embeddings;

public sealed class Models(IOptions<OpenAISettings> options)
{
    public ChatClient Chat { get; } = new ChatClient("gpt-4o-mini", options.Value.ApiKey);
    public EmbeddingClient Embeddings { get; } = new EmbeddingClient("text-embedding-3-small", new ApiKeyCredential(options.Value.ApiKey));
}
