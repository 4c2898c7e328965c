import { CognitiveAccount } from "@cdktf/provider-azurerm/lib/cognitive-account";
import { StorageAccount } from "@cdktf/provider-azurerm/lib/storage-account";

const openai = new CognitiveAccount(stack, "openai", { kind: "OpenAI", name: "oai", skuName: "S0", localAuthEnabled: false });
const files = new StorageAccount(stack, "files", { name: "files" });
new TerraformOutput(stack, "files", { value: files.primaryAccessKey, sensitive: true });
new TerraformOutput(stack, "endpoint", { value: openai.endpoint });
