from azure.ai.formrecognizer import DocumentAnalysisClient
from azure.core.credentials import AzureKeyCredential

client = DocumentAnalysisClient("https://contoso-forms.cognitiveservices.azure.com/", AzureKeyCredential("«hex32»"))
