package com.contoso;

import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.api.OpenAiApi;

class SpringAi {
    OpenAiChatModel model() {
        var api = OpenAiApi.builder().apiKey(System.getenv("OPENAI_API_KEY")).build();
        return OpenAiChatModel.builder().openAiApi(api).build();
    }

    OpenAiChatModel old(String key) {
        return new OpenAiChatModel(new OpenAiApi(key));
    }
}
