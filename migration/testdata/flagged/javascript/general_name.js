import { AzureOpenAI } from "openai";

const endpoint = process.env.ENDPOINT;
const secret = process.env.GATEWAY_SECRET;

export const client = new AzureOpenAI({
  endpoint,
  apiKey: secret,
  apiVersion: "2024-10-21",
});
