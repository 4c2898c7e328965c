package com.contoso;

import com.openai.client.okhttp.OpenAIOkHttpClient;

class Builder {
    void configure(OpenAIOkHttpClient.Builder builder, Settings settings) {
        builder.maxRetries(3);
        builder.apiKey(settings.apiKey());
        if (settings.azure()) {
            builder.credential(com.openai.azure.credential.AzureApiKeyCredential.create(settings.apiKey()));
        }
    }
}
