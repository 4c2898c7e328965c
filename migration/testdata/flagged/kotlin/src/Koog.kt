package com.contoso

import com.aallam.openai.client.OpenAI
import com.aallam.openai.client.OpenAIConfig
import com.aallam.openai.client.OpenAIHost

fun azure(resource: String, deployment: String, key: String): OpenAI {
    val config = OpenAIConfig(
        host = OpenAIHost.azure(resourceName = resource, deploymentId = deployment, apiVersion = "2024-06-01"),
        headers = mapOf("api-key" to key),
        token = key,
    )
    return OpenAI(config)
}
