package com.contoso;

import com.openai.client.okhttp.OpenAIOkHttpClient;
import org.springframework.beans.factory.annotation.Value;

public class OpenAIChat {
    private final OpenAIClient client;

    public OpenAIChat(@Value("${OPENAI_API_KEY}") String given) {
        client = OpenAIOkHttpClient.builder().apiKey(given).build();
    }
}
