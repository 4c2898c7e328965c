const OpenAI = require("openai");

const DEEPSEEK_URL = "https://api.deepseek.com";

module.exports = function client(key) {
  return new OpenAI({ baseURL: DEEPSEEK_URL, apiKey: key });
};
