const { OpenAIModel, PromptManager, ActionPlanner } = require("@microsoft/teams-ai");
const config = require("./config");

const model = new OpenAIModel({
  azureApiKey: config.azureOpenAIKey,
  azureDefaultDeployment: config.azureOpenAIDeploymentName,
  azureEndpoint: config.azureOpenAIEndpoint,
  useSystemMessages: true,
});

module.exports = new ActionPlanner({ model, prompts: new PromptManager({ promptsFolder: "prompts" }), defaultPrompt: "chat" });
