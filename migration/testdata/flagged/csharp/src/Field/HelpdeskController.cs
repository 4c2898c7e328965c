using OpenAI.Chat;

public class HelpdeskController : ControllerBase
{
    private readonly ChatClient _chat;

    public HelpdeskController(IVault vault)
    {
        var apiKey = vault.Read("helpdesk");
        _chat = new("gpt-4o", apiKey);
    }
}
