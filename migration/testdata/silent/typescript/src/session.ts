// Our own backend asks OpenAI; the browser has a session only.
export const ask = (question: string, session: { token: string }) =>
  fetch("/api/openai/chat", { headers: { Authorization: `Bearer ${session.token}` }, body: question, method: "POST" });
