export const messages = {
  OPENAI_API_KEY: "The key of OpenAI",
  OPENAI_MODEL: "The model",
};
process.env = { OPENAI_API_KEY: "dummy" };
