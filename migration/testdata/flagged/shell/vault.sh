export OPENAI_API_KEY="$(az keyvault secret show --vault-name kv --name openai-api-key --query value -o tsv)"
gh secret set AZURE_OPENAI_API_KEY --body "$1"
kubectl create secret generic llm --from-literal=openai-api-key="$2"
docker run --rm -e OPENAI_API_KEY -p 8000:8000 chat
