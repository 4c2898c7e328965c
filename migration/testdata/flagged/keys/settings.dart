const azureOpenAiEndpoint = 'https://contoso.openai.azure.com';
const azureOpenAiKey = '«hex32»';
