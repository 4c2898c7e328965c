$url = "https://contoso.azure-api.net/openai/deployments/gpt-4o/completions"
$headers = @{"Ocp-Apim-Subscription-Key" = $apimSubscriptionKey; "Content-Type" = "application/json"}
Invoke-RestMethod $url -Method Post -Headers $headers
