using Microsoft.SemanticKernel;

var builder = Kernel.CreateBuilder();
builder.Services.AddAzureOpenAIChatCompletion(deploymentName: "<<deployment>>", endpoint: "<<endpoint>>", apiKey: "<<api key>>");
var kernel = builder.Build();
Console.WriteLine(await kernel.InvokePromptAsync("Say hello"));
