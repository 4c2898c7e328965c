using Azure.Identity;
using Azure.ResourceManager;
using Azure.ResourceManager.CognitiveServices;

var arm = new ArmClient(new DefaultAzureCredential());
var account = arm.GetCognitiveServicesAccountResource(new ResourceIdentifier(args[0]));
var keys = await account.GetKeysAsync();
Console.WriteLine($"The OpenAI account {account.Id.Name} has {(keys.Value.Key1 is null ? "no keys" : "keys")}.");
