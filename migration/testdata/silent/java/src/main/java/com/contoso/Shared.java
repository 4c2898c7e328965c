package com.contoso;

import dev.langchain4j.model.azure.AzureOpenAiChatModel;

class Shared {
    AzureOpenAiChatModel model(com.azure.ai.openai.OpenAIClient client, String name) {
        return AzureOpenAiChatModel.builder().openAIClient(client).deploymentName(name).build();
    }
}
