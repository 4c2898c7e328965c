import * as pulumi from "@pulumi/pulumi";
import { cognitiveservices, resources } from "@pulumi/azure-native";

const group = new resources.ResourceGroup("rg");
const account = new cognitiveservices.Account("oai", {
  resourceGroupName: group.name,
  kind: "OpenAI",
  sku: { name: "S0" },
  properties: { customSubDomainName: "oai" },
});

const keys = cognitiveservices.listAccountKeysOutput({
  accountName: account.name,
  resourceGroupName: group.name,
});

export const firstKey = pulumi.secret(keys.key1);
