#!/usr/bin/env bash
az containerapp secret set -n chat -g rg \
  --secrets \
    azure-openai-key="$1" \
    endpoint="$2"
az containerapp update -n chat -g rg --set-env-vars \
    "AZURE_OPENAI_KEY=secretref:azure-openai-key" \
    "LOG=info"
docker build --build-arg OPENAI_API_KEY .
export TF_VAR_openai_api_key="$3"
curl https://api.openai.com/v1/models -H "Authorization: Bearer ${OPENAI_TOKEN}"
