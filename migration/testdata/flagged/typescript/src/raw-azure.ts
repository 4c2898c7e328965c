interface Answer {
  choices: { message: { content: string } }[];
}

export class AzureChat {
  constructor(private endpoint: string, private apiKey: string, private deployment: string) {}

  async complete(prompt: string): Promise<string> {
    const headers = new Headers();
    headers.set("Content-Type", "application/json");
    headers.set("api-key", this.apiKey);
    const url = `https://${this.endpoint}.openai.azure.com/openai/deployments/${this.deployment}/chat/completions?api-version=2024-02-01`;
    const res = await fetch(url, { method: "POST", headers, body: JSON.stringify({ messages: [{ role: "user", content: prompt }] }) });
    const answer = (await res.json()) as Answer;
    return answer.choices[0].message.content;
  }
}
