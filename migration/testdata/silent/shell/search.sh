curl -X POST "https://$SEARCH.search.windows.net/indexes?api-version=2024-07-01" -H "api-key: $SEARCH_ADMIN_KEY" -d @openai-index.json
curl https://api.anthropic.com/v1/messages -H "x-api-key: $ANTHROPIC_API_KEY"
curl -H "Authorization: Bearer $GROQ_API_KEY" https://api.groq.com/openai/v1/models
