import ModelClient, { isUnexpected } from "@azure-rest/ai-inference";
import { AzureKeyCredential } from "@azure/core-auth";

export async function phi(question: string): Promise<string> {
  const client = ModelClient(
    "https://contoso.services.ai.azure.com/models",
    new AzureKeyCredential(process.env.AZURE_INFERENCE_KEY!),
  );
  const r = await client.path("/chat/completions").post({ body: { model: "Phi-4", messages: [{ role: "user", content: question }] } });
  if (isUnexpected(r)) throw r.body.error;
  return r.body.choices[0].message.content ?? "";
}
