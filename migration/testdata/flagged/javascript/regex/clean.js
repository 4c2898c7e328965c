// Quotes in regular expressions must not confuse what follows.
const tidy = (s) => s.replace(/["'`]/g, "").replace(/\/\*/g, "");
const OpenAI = require("openai");

const client = new OpenAI({
  apiKey: process.env.OPENAI_KEY,
});
module.exports = { tidy, client };
