package com.contoso;

import dev.langchain4j.model.azure.AzureOpenAiChatModel;
import dev.langchain4j.model.chat.ChatModel;

class Langchain {
    ChatModel model(Config config) {
        return switch (config.kind()) {
            case "azure" -> AzureOpenAiChatModel.builder()
                .endpoint(config.endpoint())
                .apiKey(config.apiKey())
                .deploymentName(config.model())
                .build();
            case "claude" -> AnthropicChatModel.builder()
                .apiKey(config.apiKey())
                .build();
            default -> throw new IllegalArgumentException(config.kind());
        };
    }
}
