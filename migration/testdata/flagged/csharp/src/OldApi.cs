using OpenAI_API;

namespace Reports
{
    public class Writer
    {
        private const string apiKey = "<your key>";
        private readonly OpenAIAPI api = new OpenAIAPI(apiKey);

        public Task<string> Write(string topic) => api.Completions.GetCompletion("A report about " + topic);
    }
}
