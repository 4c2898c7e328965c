package ai

import (
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

func New() (*azopenai.Client, error) {
	key := os.Getenv("AZURE_OPENAI_API_KEY")
	credential := azcore.NewKeyCredential(key)
	return azopenai.NewClientWithKeyCredential(os.Getenv("AZURE_OPENAI_ENDPOINT"), credential, nil)
}
