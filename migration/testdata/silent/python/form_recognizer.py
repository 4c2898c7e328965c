import os

from azure.ai.formrecognizer import DocumentAnalysisClient
from azure.ai.textanalytics import TextAnalyticsClient
from azure.core.credentials import AzureKeyCredential

key = AzureKeyCredential(os.environ["FORM_KEY"])
forms = DocumentAnalysisClient("https://contoso.cognitiveservices.azure.com", key)
text = TextAnalyticsClient("https://contoso.cognitiveservices.azure.com", AzureKeyCredential(os.environ["LANGUAGE_KEY"]))
# the answers go on to Azure OpenAI in another program
