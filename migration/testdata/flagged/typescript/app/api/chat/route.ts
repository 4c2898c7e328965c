import { createAzure } from "@ai-sdk/azure";
import { streamText } from "ai";

const azure = createAzure({
  resourceName: process.env.AZURE_RESOURCE_NAME,
  apiKey: process.env.AZURE_API_KEY!,
});

export async function POST(req: Request) {
  const { messages } = await req.json();
  const result = streamText({ model: azure("gpt-4o"), messages });
  return result.toDataStreamResponse();
}
