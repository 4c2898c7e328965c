/**
 * Headers for the gateway. Example of what we no longer do:
 *   headers: { "api-key": process.env.AZURE_OPENAI_API_KEY }
 */
export const gateway = "https://gateway.contoso.com/openai";
// const client = new AzureOpenAI({ apiKey: process.env.AZURE_OPENAI_API_KEY });
export const model = "gpt-4o";
