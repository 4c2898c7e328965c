import pulumi
from pulumi_azure_native import cognitiveservices

keys = cognitiveservices.list_account_keys_output(
    account_name=account.name,
    resource_group_name=group.name,
)
pulumi.export("first_key", pulumi.Output.secret(keys.key1))
