package com.contoso;

import okhttp3.Request;

/** Finds what Azure OpenAI is to be asked with. */
class Pinecone {
    Request request(String url, String body) {
        return new Request.Builder()
            .url(url)
            .addHeader("Api-Key", PineconeConfig.PINECONE_API_KEY)
            .post(json(body))
            .build();
    }
}
