import { AzureChatOpenAI, AzureOpenAIEmbeddings } from "@langchain/openai";

export const model = new AzureChatOpenAI({
  azureOpenAIApiKey: process.env.AZURE_OPENAI_API_KEY,
  azureOpenAIApiInstanceName: "contoso",
  azureOpenAIApiDeploymentName: "gpt-4o",
  azureOpenAIApiVersion: "2024-06-01",
});

export const embeddings = new AzureOpenAIEmbeddings({
  azureOpenAIApiInstanceName: "contoso",
  azureOpenAIApiEmbeddingsDeploymentName: "ada",
});
