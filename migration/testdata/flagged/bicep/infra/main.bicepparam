using './handed.bicep'

param location = 'westeurope'
param openAiApiKey = readEnvironmentVariable('AZURE_OPENAI_API_KEY', '')
