import type { AzureOpenAI } from "openai";

export function complete(config: { ready: boolean }): string[] {
  const missing: string[] = [];
  if (!config.ready) missing.push("AZURE_OPENAI_API_KEY");
  return missing;
}
