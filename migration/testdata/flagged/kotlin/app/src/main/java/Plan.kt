package com.contoso.app

class Plans(private val api: OpenAiApi) {
    suspend fun plan(request: ChatRequest) = api.chatCompletions(
        auth = "Bearer ${BuildConfig.OPENAI_API_KEY}",
        request = request,
    )
}
