import { DocumentAnalysisClient, AzureKeyCredential } from "@azure/ai-form-recognizer";

// What it reads goes to Azure OpenAI by our gateway, which has the identity.
export function reader(endpoint: string, apiKey: string) {
  return new DocumentAnalysisClient(endpoint, new AzureKeyCredential(apiKey));
}
