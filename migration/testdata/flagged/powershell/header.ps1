$AZURE_OPENAI_API_KEY="<key>"
$header = @{ Authorization = "Bearer $($env:OAI_KEY) " }
$request = @{
  Uri     = 'https://api.openai.com/v1/completions'
  Headers = $header
}
Invoke-RestMethod @request
$h = @{"Ocp-Apim-Subscription-Key" = $key; "Content-Type" = "application/json"}
Invoke-RestMethod "https://contoso.cognitiveservices.azure.com/openai/deployments/gpt-4o/chat/completions" -Headers $h
