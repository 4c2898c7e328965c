export OPENAI_API_KEY=ollama
OPENAI_API_KEY=dummy python -m pytest tests
export OPENAI_API_KEY=
openai_key_vault="contoso-openai-kv"
az keyvault show --name "$openai_key_vault"
