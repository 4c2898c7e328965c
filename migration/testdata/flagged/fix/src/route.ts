import { AzureOpenAI, OpenAI } from "openai";

export function client(model: string) {
  if (model === "gpt-4o") {
    const endpoint = process.env.AZURE_OPENAI_ENDPOINT;
    const apiKey = process.env.AZURE_OPENAI_API_KEY;
    return new AzureOpenAI({ endpoint, apiKey, apiVersion: "2024-10-21" });
  }
  return new OpenAI({
    apiKey: process.env.DASHSCOPE_API_KEY,
    baseURL: "https://dashscope.aliyuncs.com/compatible-mode/v1",
  });
}
