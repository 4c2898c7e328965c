param location string
@secure() param openAiApiKey string
@secure() param weatherKey string
@minLength(3) @secure() param aoaiKey string
