#!/usr/bin/env bash
set -euo pipefail
: "${AZURE_OPENAI_API_KEY:?set it first}"
# AZURE_OPENAI_API_KEY comes from the vault
curl -s "$AZURE_OPENAI_ENDPOINT/openai/deployments/$DEPLOYMENT/chat/completions?api-version=2024-06-01" \
  -H 'Content-Type: application/json' \
  -H "api-key: $AZURE_OPENAI_API_KEY" \
  -d '{"messages":[{"role":"user","content":"Hello, isn'"'"'t it"}]}'
