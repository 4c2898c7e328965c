import { OPENAI_API_KEY } from "$env/static/private";
import OpenAI from "openai";

const openai = new OpenAI({ apiKey: OPENAI_API_KEY });

export const POST = async ({ request }) => {
  const stream = await openai.responses.create({ model: "gpt-4o", input: await request.text(), stream: true });
  return new Response(stream.toReadableStream());
};
