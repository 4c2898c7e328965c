const OPENAI_API_KEY = "YOUR_OPENAI_API_KEY";
const MODEL = "gpt-4o";

export async function ask(messages) {
  const response = await fetch("https://api.openai.com/v1/chat/completions", {
    method: "POST",
    headers: { "Content-Type": "application/json", "Authorization": "Bearer " + OPENAI_API_KEY },
    body: JSON.stringify({ model: MODEL, messages }),
  });
  return response.json();
}
