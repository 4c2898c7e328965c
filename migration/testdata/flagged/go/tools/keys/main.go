package main

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/cognitiveservices/armcognitiveservices"
)

func main() {
	cred, _ := azidentity.NewDefaultAzureCredential(nil)
	accounts, _ := armcognitiveservices.NewAccountsClient("sub", cred, nil)
	keys, err := accounts.ListKeys(context.Background(), "rg", "contoso-openai", nil)
	fmt.Println(keys.Key1 != nil, err)
}
