using Betalgo.Ranul.OpenAI;
using Betalgo.Ranul.OpenAI.Managers;

var service = new OpenAIService(new OpenAIOptions()
{
    ApiKey = args[0],
    DefaultModelId = "gpt-4o"
});
