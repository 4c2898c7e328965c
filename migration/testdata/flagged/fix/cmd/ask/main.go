// Command ask asks the model.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

func main() {
	endpoint := os.Getenv("AZURE_OPENAI_ENDPOINT")
	key := os.Getenv("AZURE_OPENAI_API_KEY") // from the vault

	// One client for all.
	client, err := azopenai.NewClientWithKeyCredential(endpoint, azcore.NewKeyCredential(key), nil)
	if err != nil {
		log.Printf("no client: %v", err)
		os.Exit(1)
	}
	answer, err := client.GetEmbeddings(context.Background(), azopenai.EmbeddingsOptions{}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(answer.Data))
}
