import OpenAI from "openai";

// The library reads the environment by itself.
const openai = new OpenAI();

export async function title(text) {
  const r = await openai.chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: `A title for: ${text}` }],
  });
  return r.choices[0].message.content;
}
