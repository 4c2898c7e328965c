az rest --method post --url "https://management.azure.com/subscriptions/$SUB/resourceGroups/$RG/providers/Microsoft.CognitiveServices/accounts/$AOAI/listKeys?api-version=2023-05-01"
az login --service-principal --username "$APP_ID" --password "$APP_PASSWORD" --tenant "$TENANT"
