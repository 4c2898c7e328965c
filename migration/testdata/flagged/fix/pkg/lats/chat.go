package lats

import (
	"context"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
)

// Ask asks one question.
func Ask(ctx context.Context, question string) (string, error) {
	key := os.Getenv("AOAI_API_KEY")
	keyCredential := azcore.NewKeyCredential(key)
	client, err := azopenai.NewClientWithKeyCredential("https://contoso.openai.azure.com", keyCredential, nil)
	if err != nil {
		return "", err
	}
	answer, err := client.GetCompletions(ctx, azopenai.CompletionsOptions{
		Prompt:         []string{question},
		DeploymentName: to.Ptr("chat"),
	}, nil)
	if err != nil {
		return "", err
	}
	return *answer.Choices[0].Text, nil
}
