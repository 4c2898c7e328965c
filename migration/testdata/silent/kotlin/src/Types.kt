package com.contoso

data class OpenAIConfig(val token: String, val host: String = "https://api.openai.com/v1/")

interface OpenAIFactory {
    fun create(apiKey: String): Any
}
