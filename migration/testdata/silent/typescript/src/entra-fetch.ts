import { DefaultAzureCredential } from "@azure/identity";

const credential = new DefaultAzureCredential();

export async function complete(prompt: string) {
  const { token } = await credential.getToken("https://cognitiveservices.azure.com/.default");
  return fetch(`https://contoso.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ messages: [{ role: "user", content: prompt }] }),
  });
}
