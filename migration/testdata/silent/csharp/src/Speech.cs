using Microsoft.CognitiveServices.Speech;

public class Voice
{
    // Azure OpenAI writes the text, Speech reads it.
    public SpeechConfig Config() => SpeechConfig.FromSubscription(Environment.GetEnvironmentVariable("SPEECH_KEY"), "westeurope");

    public void Headers(HttpRequestMessage request, string key) => request.Headers.Add("Ocp-Apim-Subscription-Key", key);
}
