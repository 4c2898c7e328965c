@{
  RootModule        = 'Contoso.Cognitive.psm1'
  CmdletsToExport   = 'Get-AzCognitiveServicesAccount', 'Get-AzCognitiveServicesAccountKey', 'New-AzCognitiveServicesAccountKey'
  VariablesToExport = @()
}
