from azure.identity import DefaultAzureCredential
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient

manager = CognitiveServicesManagementClient(DefaultAzureCredential(), SUBSCRIPTION)
keys = manager.accounts.list_keys("rg", "openai-account")
print(len(vars(keys)))
