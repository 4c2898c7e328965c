// Azure OpenAI
static const char* kApiKey =
    "«hex32»";
