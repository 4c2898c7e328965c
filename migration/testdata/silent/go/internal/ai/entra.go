package ai

import (
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/openai/openai-go"
	"github.com/openai/openai-go/azure"
)

func entra(endpoint string) (openai.Client, error) {
	credential, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return openai.Client{}, err
	}
	return openai.NewClient(azure.WithEndpoint(endpoint, "2024-10-21"), azure.WithTokenCredential(credential)), nil
}
