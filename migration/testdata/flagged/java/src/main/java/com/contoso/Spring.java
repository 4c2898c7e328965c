package com.contoso;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Configuration;

@Configuration
public class Spring {
    @Value("${spring.ai.azure.openai.api-key}")
    private String key;

    @Value("${openai.api.key:}")
    private String other;

    @Value("${spring.ai.azure.openai.endpoint}")
    private String endpoint;
}
