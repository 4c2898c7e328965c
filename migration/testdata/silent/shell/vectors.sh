# The vectors come from OpenAI; they are kept in Qdrant.
curl -s "$QDRANT_URL/collections" -H "api-key: $QDRANT_API_KEY"
curl -s "https://api.brevo.com/v3/account" -H "api-key: $BREVO_API_KEY"
