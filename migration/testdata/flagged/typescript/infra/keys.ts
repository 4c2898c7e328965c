import { CognitiveServicesManagementClient } from "@azure/arm-cognitiveservices";
import { DefaultAzureCredential } from "@azure/identity";

export async function openAiKey(subscription: string, group: string, account: string) {
  const client = new CognitiveServicesManagementClient(new DefaultAzureCredential(), subscription);
  const keys = await client.accounts.listKeys(group, account);
  return keys.key1;
}
