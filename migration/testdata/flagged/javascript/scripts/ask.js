const axios = require("axios");

async function ask(messages) {
  const url = `${process.env.AZURE_OPENAI_ENDPOINT}/openai/deployments/chat/chat/completions?api-version=2024-06-01`;
  const { data } = await axios.post(
    url,
    { messages },
    {
      headers: {
        "Content-Type": "application/json",
        "api-key": process.env.AZURE_OPENAI_KEY,
      },
    },
  );
  return data.choices[0].message.content;
}

module.exports = { ask };
