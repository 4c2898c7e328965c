package com.contoso

import io.ktor.client.HttpClient
import io.ktor.client.request.bearerAuth
import io.ktor.client.request.header
import io.ktor.client.request.post

class Ktor(private val http: HttpClient, private val apiKey: String) {
    suspend fun openai(body: String) = http.post("https://api.openai.com/v1/responses") {
        bearerAuth(apiKey)
    }

    suspend fun again(body: String) = http.post("https://api.openai.com/v1/embeddings") {
        header("Authorization", "Bearer $apiKey")
    }
}
