package com.contoso;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;

class Raw {
    private static final String URL = "https://api.openai.com/v1/chat/completions";

    HttpRequest openai(String apiKey, String body) {
        return HttpRequest.newBuilder(URI.create(URL))
            .header("Content-Type", "application/json")
            .header("Authorization", "Bearer " + apiKey)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    }

    HttpRequest azure(String base, String key, String body) {
        return HttpRequest.newBuilder(URI.create(base + ".openai.azure.com/openai/deployments/a/chat/completions"))
            .setHeader("api-key", key)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    }
}
