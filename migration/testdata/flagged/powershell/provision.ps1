$aoaiKey = az cognitiveservices account keys list `
  --resource-group $rg `
  --name $aoai `
  --query key1 -o tsv
azd env set AZURE_OPENAI_KEY $aoaiKey
$credential = New-Object PSCredential($appId, $password)
Connect-AzAccount -ServicePrincipal -Tenant $tenant -Credential $credential
