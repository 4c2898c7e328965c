package ai

import "github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"

func keyless(endpoint string, credential azcore.TokenCredential) (*azopenai.Client, error) {
	return azopenai.NewClient(endpoint, credential, nil)
}
