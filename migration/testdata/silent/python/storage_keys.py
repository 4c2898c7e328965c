from azure.mgmt.storage import StorageManagementClient

storage = StorageManagementClient(credential, SUBSCRIPTION)
keys = storage.storage_accounts.list_keys("rg", "openaidata")
