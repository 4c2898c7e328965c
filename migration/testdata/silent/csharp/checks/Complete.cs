using Azure.AI.OpenAI;

public static class Complete
{
    public static List<string> Missing(bool ready)
    {
        var missing = new List<string>();
        if (!ready) missing.Add("AZURE_OPENAI_API_KEY");
        return missing;
    }
}
