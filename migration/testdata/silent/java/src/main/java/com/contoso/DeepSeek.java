package com.contoso;

import dev.langchain4j.model.openai.OpenAiChatModel;

class DeepSeek {
    OpenAiChatModel model(String key) {
        return OpenAiChatModel.builder()
            .apiKey(key)
            .baseUrl("https://api.deepseek.com")
            .modelName("deepseek-chat")
            .build();
    }
}
