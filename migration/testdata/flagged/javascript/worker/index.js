import OpenAI from "openai";

export default {
  async fetch(request, env) {
    const client = new OpenAI({
      apiKey: env.OPENAI_API_KEY,
      baseURL: "https://gateway.ai.cloudflare.com/v1/acct/shop/openai",
    });
    const { question } = await request.json();
    const answer = await client.responses.create({ model: "gpt-4o-mini", input: question });
    return Response.json({ answer: answer.output_text });
  },
};
