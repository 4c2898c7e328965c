import { AzureOpenAI } from "openai";
import { DefaultAzureCredential, getBearerTokenProvider } from "@azure/identity";

const scope = "https://cognitiveservices.azure.com/.default";
const azureADTokenProvider = getBearerTokenProvider(new DefaultAzureCredential(), scope);

export const client = new AzureOpenAI({ azureADTokenProvider, deployment: "gpt-4o", apiVersion: "2024-10-21" });
