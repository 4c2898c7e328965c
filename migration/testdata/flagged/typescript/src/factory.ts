import OpenAI, { AzureOpenAI } from "openai";
import { type Settings } from "./settings";

export function makeClient(settings: Settings): OpenAI {
  switch (settings.kind) {
    case "azure":
      return new AzureOpenAI({
        apiKey: settings.apiKey,
        endpoint: settings.endpoint,
        apiVersion: settings.apiVersion ?? "2024-10-21",
      });
    default:
      return new OpenAI({ apiKey: settings.apiKey, timeout: 30_000 });
  }
}
