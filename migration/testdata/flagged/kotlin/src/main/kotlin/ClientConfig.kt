package shop.config

import org.springframework.beans.factory.annotation.Value
import org.springframework.http.HttpHeaders

@Configuration
class ClientConfig(@Value("\${openai.api.key}") private val apiKey: String) {

    @Bean
    fun assistant(builder: WebClient.Builder, @Value("\${openai.api.url}") url: String): WebClient =
        builder
            .baseUrl(url)
            .defaultHeader(HttpHeaders.AUTHORIZATION, "Bearer $apiKey")
            .build()
}
