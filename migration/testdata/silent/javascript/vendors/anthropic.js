import Anthropic from "@anthropic-ai/sdk";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";

export const claude = new Anthropic({ apiKey: process.env.ANTHROPIC_API_KEY });
export const grok = createOpenAICompatible({ name: "xai", baseURL: "https://api.x.ai/v1", apiKey: process.env.XAI_API_KEY });
