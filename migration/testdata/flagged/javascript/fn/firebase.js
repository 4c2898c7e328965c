const { onCall } = require("firebase-functions/v2/https");
const { defineSecret } = require("firebase-functions/params");
const OpenAI = require("openai");

const openaiKey = defineSecret("OPENAI_API_KEY");

exports.translate = onCall({ secrets: [openaiKey] }, async (request) => {
  const client = new OpenAI({ apiKey: openaiKey.value() });
  const r = await client.responses.create({ model: "gpt-4o-mini", input: request.data.text });
  return r.output_text;
});
