import { OpenAIClient } from "@azure/openai";
import { AzureKeyCredential } from "@azure/core-auth";
import { SearchClient } from "@azure/search-documents";
import { config } from "./config.js";

const searchKey = new AzureKeyCredential(config.searchKey);
const search = new SearchClient(config.searchEndpoint, "docs", searchKey);

const openaiCredential = new AzureKeyCredential(config.completionKey);
const openai = new OpenAIClient(config.endpoint, openaiCredential);

export { search, openai };
