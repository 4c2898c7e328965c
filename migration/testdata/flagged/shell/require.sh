#!/bin/sh
if [ -z "$OPENAI_API_KEY" ]; then
  echo "OPENAI_API_KEY is not set"
  echo "Run: export OPENAI_API_KEY=..."
  exit 1
fi
for v in AZURE_OPENAI_ENDPOINT AZURE_OPENAI_API_KEY; do
  [ -n "$(printenv "$v")" ] || { echo "missing $v"; exit 1; }
done
