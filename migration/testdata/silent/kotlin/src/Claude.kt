package com.contoso

// The openai models are asked by the server, this app asks Claude.
class Claude(private val client: AnthropicClient) {
    val builder = AnthropicOkHttpClient.builder().apiKey(System.getenv("ANTHROPIC_API_KEY"))
}
