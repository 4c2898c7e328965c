import { AzureOpenAI } from "openai";

const endpoint = process.env["AZURE_OPENAI_ENDPOINT"];
const apiKey = process.env["AZURE_OPENAI_API_KEY"];
const apiVersion = "2024-10-21";
const deployment = "summaries";

export function summarizer() {
  return new AzureOpenAI({ endpoint, apiKey, apiVersion, deployment });
}
