// Finds the passages that the openai package is asked about later.
import { SearchClient, AzureKeyCredential } from "@azure/search-documents";

export const passages = new SearchClient(
  process.env.AZURE_SEARCH_ENDPOINT,
  "passages",
  new AzureKeyCredential(process.env.AZURE_SEARCH_KEY),
);
export const embeddingDimensions = 1536; // of Azure OpenAI's text-embedding-3-small
