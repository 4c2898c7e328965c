import OpenAI from "openai";

const baseURL = `${process.env.AZURE_OPENAI_ENDPOINT}/openai/v1/`;

export const client = new OpenAI({ baseURL, apiKey: process.env.AZURE_OPENAI_API_KEY! });
