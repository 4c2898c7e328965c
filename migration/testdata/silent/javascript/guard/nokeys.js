// Keys are not wanted any more: sign in with the job's identity.
if (process.env.OPENAI_API_KEY) {
  throw new Error("OPENAI_API_KEY is set: remove it, this program uses Entra ID");
}
export const scope = "https://cognitiveservices.azure.com/.default";
