import { ENV } from "./env";

const IMAGES = "https://api.openai.com/v1/images/generations";

export async function render(prompt: string, local = {}) {
  const apiKey = ENV.openaiApiKey ?? local.OPENAI_API_KEY;
  const envFile = await read(".env.local");
  const other = envFile.OPENAI_API_KEY;
  return fetch(IMAGES, {
    method: "POST",
    headers: { Authorization: `Bearer ${apiKey ?? other}` },
    body: JSON.stringify({ prompt }),
  });
}
