$keys = Get-AzCognitiveServicesAccountKey -ResourceGroupName $rg -Name $openAiName
$env:AZURE_OPENAI_API_KEY = $keys.Key1
Write-Host "AZURE_OPENAI_API_KEY is set"
