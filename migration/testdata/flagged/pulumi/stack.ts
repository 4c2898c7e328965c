import { CognitiveAccount } from "@cdktf/provider-azurerm/lib/cognitive-account";
import { TerraformOutput } from "cdktf";

const openai = new CognitiveAccount(stack, "openai", { kind: "OpenAI", name: "oai", skuName: "S0" });
new TerraformOutput(stack, "model", { value: openai.primaryAccessKey, sensitive: true });
