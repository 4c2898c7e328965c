package com.contoso;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;

class Official {
    static OpenAIClient explicit() {
        return OpenAIOkHttpClient.builder()
            .apiKey(System.getenv("OPENAI_API_KEY"))
            .build();
    }

    static OpenAIClient implicit() {
        return OpenAIOkHttpClient.fromEnv();
    }
}
