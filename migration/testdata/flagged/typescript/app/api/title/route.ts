import { openai } from "@ai-sdk/openai";
import { generateText } from "ai";

export async function POST(req: Request) {
  const { text } = await req.json();
  const { text: title } = await generateText({
    model: openai("gpt-4o-mini"),
    prompt: `Find a title for this article: ${text}`,
  });
  return Response.json({ title });
}
