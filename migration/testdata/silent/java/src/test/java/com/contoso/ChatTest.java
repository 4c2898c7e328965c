package com.contoso;

import com.openai.client.okhttp.OpenAIOkHttpClient;
import org.junit.jupiter.api.Test;

class ChatTest {
    private final FakeServer server = new FakeServer();

    @Test
    void asks() {
        var client = OpenAIOkHttpClient.builder().apiKey("test-api-key").baseUrl(server.url()).build();
        assertEquals("hello", new Chat(client).ask());
    }
}
