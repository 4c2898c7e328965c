<#
 Uses $env:AZURE_OPENAI_API_KEY
#>
param([string]$Prompt)
$openai = @{
  api_base = $Env:AZURE_OPENAI_ENDPOINT
}
$headers = @{
  'api-key' = $Env:AZURE_OPENAI_API_KEY
}
Invoke-RestMethod -Method Post -Uri "$($openai.api_base)/openai/deployments/chat/completions" -Headers $headers
