// Texts are translated before the openai model sees them.
export async function translate(text: string, to: string): Promise<string> {
  const r = await fetch(`https://api.cognitive.microsofttranslator.com/translate?api-version=3.0&to=${to}`, {
    method: "POST",
    headers: { "Ocp-Apim-Subscription-Key": process.env.TRANSLATOR_KEY!, "Content-Type": "application/json" },
    body: JSON.stringify([{ text }]),
  });
  return (await r.json())[0].translations[0].text;
}
