package com.contoso;

import dev.langchain4j.model.openai.OpenAiChatModel;

class Local {
    final OpenAiChatModel model = OpenAiChatModel.builder()
        .baseUrl("http://localhost:8000/v1")
        .apiKey("not-needed")
        .build();
}
