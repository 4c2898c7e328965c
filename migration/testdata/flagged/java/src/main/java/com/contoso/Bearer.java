package com.contoso;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;

public class OpenAiCalls {
    @Value("${openai.api.url}")
    private String address;

    @Value("${openai.api.key}")
    private String apiKey;

    @Value("${weather.key}")
    private String weatherKey;

    HttpHeaders ask() {
        HttpHeaders headers = new HttpHeaders();
        headers.setBearerAuth(apiKey);
        return headers;
    }

    HttpHeaders weather() {
        HttpHeaders headers = new HttpHeaders();
        headers.setBearerAuth(weatherKey);
        return headers;
    }
}
