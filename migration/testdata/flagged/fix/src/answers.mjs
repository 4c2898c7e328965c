import {
  AzureKeyCredential,
  OpenAIClient,
} from "@azure/openai";
import { createServer } from "node:http";

const apiKey = process.env["AZURE_OPENAI_API_KEY"] || "";
const client = new OpenAIClient(process.env.AZURE_OPENAI_ENDPOINT, new AzureKeyCredential(apiKey));

createServer(async (request, response) => {
  const answer = await client.getCompletions("chat", [request.url]);
  response.end(answer.choices[0].text);
}).listen(8080);
