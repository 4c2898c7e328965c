import OpenAI from "npm:openai@4";

const key = Deno.env.get("OPENAI_API_KEY");
if (!key) {
  throw new Error("OPENAI_API_KEY is not set");
}
const client = new OpenAI({ apiKey: key });

Deno.serve(async (req) => {
  const body = await req.json();
  const out = await client.embeddings.create({ model: "text-embedding-3-small", input: body.text });
  return Response.json(out.data);
});
