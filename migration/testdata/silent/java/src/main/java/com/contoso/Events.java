package com.contoso;

import com.azure.core.credential.AzureKeyCredential;
import com.azure.messaging.eventgrid.EventGridPublisherClientBuilder;

/** Tells when Azure OpenAI has answered. */
class Events {
    Object publisher(String endpoint, String key) {
        return new EventGridPublisherClientBuilder()
            .endpoint(endpoint)
            .credential(new AzureKeyCredential(key))
            .buildEventGridEventPublisherClient();
    }
}
