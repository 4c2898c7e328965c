param openAiEncryptionKeyName string
param openAiCustomerManagedKey string = ''
output openAiKeyIdentifier string = openAiCustomerManagedKey
