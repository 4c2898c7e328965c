# $env:AZURE_OPENAI_API_KEY is gone
$token = (Get-AzAccessToken -ResourceUrl https://cognitiveservices.azure.com).Token
$headers = @{ Authorization = "Bearer $token" }
Invoke-RestMethod "$env:AZURE_OPENAI_ENDPOINT/openai/v1/models" -Headers $headers
Remove-Item Env:\OPENAI_API_KEY -ErrorAction SilentlyContinue
$env:AZURE_OPENAI_API_KEY = $null
Write-Host "AZURE_OPENAI_API_KEY removed"
