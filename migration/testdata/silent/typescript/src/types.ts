export interface OpenAIOptions {
  apiKey: string;
  baseURL?: string;
  openAIApiKey?: string;
}

export type Provider = "openai" | "azure";

export abstract class OpenAIBase {
  constructor(protected readonly apiKey: string, protected readonly options: OpenAIOptions) {}
}
