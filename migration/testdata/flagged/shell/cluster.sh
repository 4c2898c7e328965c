#!/usr/bin/env bash
set -euo pipefail
kubectl create secret generic model \
  --from-literal=api-key="$OPENAI_API_KEY" \
  --from-literal=mail-key="$MAIL_KEY"
helm upgrade --install digest ./chart --set model.existingSecret=model
