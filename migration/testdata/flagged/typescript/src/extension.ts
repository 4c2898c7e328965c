import * as vscode from "vscode";
import { ChatOpenAI } from "@langchain/openai";

export async function model(context: vscode.ExtensionContext) {
  const openAIApiKey = await context.secrets.get("openai-api-key");
  const fallback = vscode.workspace.getConfiguration("helper").get<string>("openaiApiKey");
  return new ChatOpenAI({
    modelName: "gpt-4o",
    openAIApiKey: openAIApiKey ?? fallback,
    temperature: 0,
  });
}
