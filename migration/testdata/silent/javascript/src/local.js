import OpenAI from "openai";

const host = process.env.OLLAMA_HOST ?? "http://localhost:11434";
export const openai = new OpenAI({ baseURL: `${host}/v1`, apiKey: "ollama" });
