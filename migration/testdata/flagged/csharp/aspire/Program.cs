var builder = DistributedApplication.CreateBuilder(args);

var openAiKey = builder.AddParameter("openAiKey", secret: true);
builder.AddProject<Projects.Web>("web")
    .WithEnvironment("OPENAI_API_KEY", openAiKey);

builder.Build().Run();
