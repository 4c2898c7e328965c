import httpx


async def complete(api_key: str, prompt: str):
    async with httpx.AsyncClient() as http:
        return await http.post(
            "https://api.openai.com/v1/responses",
            headers={"Authorization": f"Bearer {api_key}"},
            json={"model": "gpt-4o", "input": prompt},
        )
