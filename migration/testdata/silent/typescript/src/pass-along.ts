import type { OpenAIOptions } from "./types";
import { start } from "./start";

export function run(openaiApiKey: string, rest: Omit<OpenAIOptions, "apiKey">) {
  return start({ ...rest, openaiApiKey });
}
