import * as azure from "@pulumi/azure-native";

const speech = new azure.cognitiveservices.Account("speech", { kind: "SpeechServices", resourceGroupName: group.name, sku: { name: "S0" } });
const speechKeys = azure.cognitiveservices.listAccountKeysOutput({ accountName: speech.name, resourceGroupName: group.name });
const storageKeys = azure.storage.listStorageAccountKeysOutput({ accountName: storage.name, resourceGroupName: group.name });
export const openaiEndpoint = account.properties.endpoint;
