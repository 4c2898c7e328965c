package com.contoso;

import org.eclipse.microprofile.config.inject.ConfigProperty;

public class Quarkus {
    @ConfigProperty(name = "quarkus.langchain4j.openai.api-key")
    String key;
}
