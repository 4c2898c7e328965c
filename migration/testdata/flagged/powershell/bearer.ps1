$headers = @{ "Authorization" = "Bearer $env:OPENAI_API_KEY" }
$r = Invoke-RestMethod https://api.openai.com/v1/models -Headers $headers
