curl https://api.openai.com/v1/chat/completions \
  -H "Authorization: Bearer $OPENAI_API_KEY" \
  -d @request.json
KEY=$1
curl -X POST https://api.openai.com/v1/embeddings --header "Authorization: Bearer $KEY" -d @in.json
