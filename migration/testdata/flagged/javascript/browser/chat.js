const form = document.querySelector("form");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const apiKey = localStorage.getItem("openai_api_key");
  const response = await fetch("https://api.openai.com/v1/chat/completions", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Authorization: `Bearer ${apiKey}`,
    },
    body: JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: form.q.value }] }),
  });
  console.log(await response.json());
});
