const { OpenAIClient, AzureKeyCredential } = require("@azure/openai");

const endpoint = process.env.ENDPOINT;
const key = process.env.AZURE_OAI_KEY || "<azure api key>";

async function main() {
  const client = new OpenAIClient(endpoint, new AzureKeyCredential(key));
  const result = await client.getChatCompletions("gpt-35", [{ role: "user", content: "Hello" }]);
  console.log(result.choices[0].message);
}

main();
