// Copy this file and fill it in.
module.exports = {
  OPENAI_API_KEY: 'your_openai_api_key',
  OPENAI_MODEL: 'gpt-4o',
  PORT: 3000,
};
