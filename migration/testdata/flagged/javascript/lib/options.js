const { AzureOpenAI } = require("openai");
const { settings } = require("./settings");

const { AZURE_OPENAI_KEY, AZURE_OPENAI_HOST } = settings();

const options = {
  endpoint: AZURE_OPENAI_HOST,
  apiKey: AZURE_OPENAI_KEY,
  apiVersion: "2024-06-01",
};

module.exports = new AzureOpenAI(options);
