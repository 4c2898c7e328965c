package com.contoso;

import com.theokanning.openai.service.OpenAiService;
import java.time.Duration;

public class Old {
    public static void main(String... args) {
        String token = System.getenv("OPENAI_TOKEN");
        OpenAiService service = new OpenAiService(token, Duration.ofSeconds(30));
        service.listModels().forEach(System.out::println);
    }
}
