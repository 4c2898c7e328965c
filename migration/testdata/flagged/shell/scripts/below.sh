AOAI_KEY=$(
  az cognitiveservices account keys list \
    --name "$ACCOUNT" --resource-group "$GROUP" | jq -r .key1
)
echo "AOAI_KEY=$AOAI_KEY" > .env
