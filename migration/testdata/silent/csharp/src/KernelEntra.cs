using Azure.Identity;
using Microsoft.SemanticKernel;

var builder = Kernel.CreateBuilder();
builder.AddAzureOpenAIChatCompletion(
    deploymentName: settings.AzureOpenAI.Deployment,
    endpoint: settings.AzureOpenAI.Endpoint,
    credentials: new AzureCliCredential());
builder.AddAzureOpenAIChatCompletion(settings.Deployment, settings.Endpoint, new DefaultAzureCredential());
