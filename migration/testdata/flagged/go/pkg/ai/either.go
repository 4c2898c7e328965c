package ai

import (
	"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func connect(endpoint, accessToken string) (*azopenai.Client, error) {
	if accessToken != "" {
		key, err := azopenai.NewKeyCredential(accessToken)
		if err != nil {
			return nil, err
		}
		return azopenai.NewClientWithKeyCredential(endpoint, key, nil)
	}
	identity, err := azidentity.NewDefaultAzureCredential(nil)
	if err != nil {
		return nil, err
	}
	return azopenai.NewClient(endpoint, identity, nil)
}
