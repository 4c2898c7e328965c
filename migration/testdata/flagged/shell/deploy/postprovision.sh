#!/bin/bash
KEY=$(az cognitiveservices account keys list \
  --name "$AOAI_NAME" \
  --resource-group "$RG" \
  --query key1 -o tsv)
az keyvault secret set --vault-name "$KV" --name azure-openai-key --value "$KEY"
azd env set AZURE_OPENAI_KEY "$KEY"
cat > .env <<END
AZURE_OPENAI_ENDPOINT=$ENDPOINT
AZURE_OPENAI_API_KEY=$KEY
END
