package com.contoso;

import com.azure.ai.openai.OpenAIAsyncClient;
import com.azure.ai.openai.OpenAIClientBuilder;
import com.azure.core.credential.KeyCredential;

class Aliases {
    OpenAIAsyncClient client() {
        KeyCredential credential = new KeyCredential(System.getProperty("key"));
        return new OpenAIClientBuilder().credential(credential).buildAsyncClient();
    }
}
