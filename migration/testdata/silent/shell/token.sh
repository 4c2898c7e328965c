#!/bin/bash
# No AZURE_OPENAI_API_KEY: a token instead.
TOKEN=$(az account get-access-token --resource https://cognitiveservices.azure.com --query accessToken -o tsv)
curl "$AZURE_OPENAI_ENDPOINT/openai/deployments/gpt-4o/chat/completions" -H "Authorization: Bearer $TOKEN" -d @in.json
az login --identity
az login --service-principal -u "$APP" --tenant "$T" --federated-token "$ID_TOKEN"
