import OpenAI from "openai";

const token = process.env["GITHUB_TOKEN"];
const endpoint = "https://models.github.ai/inference";

const client = new OpenAI({ baseURL: endpoint, apiKey: token });
const r = await client.chat.completions.create({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "Hi" }] });
console.log(r.choices[0].message.content);
