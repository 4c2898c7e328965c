package com.contoso;

import java.util.Properties;
import org.springframework.core.env.Environment;

class Props {
    String key(Properties properties, Environment environment) {
        String key = properties.getProperty("openai.api.key");
        if (key == null) {
            key = environment.getProperty("azure.openai.key");
        }
        return key;
    }
}
