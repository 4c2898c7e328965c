using Azure;
using Azure.AI.OpenAI;
using Azure.Identity;
using Azure.Search.Documents;

var search = new SearchClient(new Uri(settings.SearchEndpoint), "docs", new AzureKeyCredential(settings.SearchKey));
var searchCredential = new AzureKeyCredential(settings.Key);
var index = new SearchIndexClient(new Uri(settings.SearchEndpoint), searchCredential);
var openAI = new AzureOpenAIClient(new Uri(settings.OpenAIEndpoint), new DefaultAzureCredential());
