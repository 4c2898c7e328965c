$visionKey = az cognitiveservices account keys list --name contoso-vision -g rg --query key1 -o tsv
$openAiEndpoint = az cognitiveservices account show --name contoso-openai -g rg --query properties.endpoint -o tsv
Connect-AzAccount -Identity
