android {
    defaultConfig {
        val key = localProperties.getProperty("OPENAI_API_KEY") ?: ""
        buildConfigField("String", "OPENAI_API_KEY", "\"$key\"")
    }
}
