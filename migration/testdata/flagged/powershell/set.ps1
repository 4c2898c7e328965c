[Environment]::SetEnvironmentVariable("OPENAI_API_KEY", $key, "User")
if (-not $env:OPENAI_API_KEY) {
    throw "OPENAI_API_KEY is missing"
}
$secret = Get-AzKeyVaultSecret -VaultName $kv -Name "azure-openai-key" -AsPlainText
