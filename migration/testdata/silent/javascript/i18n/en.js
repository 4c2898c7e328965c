export default {
  settings: {
    openaiApiKey: "OpenAI API key",
    openaiApiKeyHint: "You find it at platform.openai.com",
    azureOpenAIKey: "Azure OpenAI key",
  },
  errors: { missing: "Please set OPENAI_API_KEY in the settings first." },
};
