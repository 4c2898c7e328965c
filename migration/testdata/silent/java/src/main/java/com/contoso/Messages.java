package com.contoso;

import java.util.Map;

class Messages {
    static final Map<String, String> TEXTS = Map.of(
        "openai.hint", "Set OPENAI_API_KEY before you start.",
        "openai.title", "OpenAI API key");

    void check(String key) {
        if (key == null) {
            throw new IllegalStateException("OPENAI_API_KEY");
        }
        log.warn("AZURE_OPENAI_API_KEY");
    }
}
