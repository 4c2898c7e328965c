using OpenAI.Extensions;

var builder = WebApplication.CreateBuilder(args);
var secret = builder.Configuration["Brain:Secret"];

builder.Services.AddOpenAIService(options =>
{
    options.ApiKey = secret;
    options.DefaultModelId = "gpt-4o-mini";
});
builder.AddAzureOpenAIClient("brain", s =>
{
    s.Key = secret;
    s.Endpoint = new Uri(builder.Configuration["Brain:Endpoint"]);
});
builder.AddAzureOpenAIClient("keyless", s => { s.Credential = new DefaultAzureCredential(); });
