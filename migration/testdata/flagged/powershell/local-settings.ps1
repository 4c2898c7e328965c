$values = @{
    "FUNCTIONS_WORKER_RUNTIME" = "dotnet-isolated"
    "AzureOpenAI:Key"          = $modelSecret
    "AzureOpenAI:Endpoint"     = $endpoint
    "Speech:Key"               = $speechSecret
    'OpenAI:ApiKey'            = ''
}
ConvertTo-Json $values | Out-File local.settings.json
