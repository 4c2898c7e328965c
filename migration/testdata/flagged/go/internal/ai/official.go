package ai

import (
	"github.com/openai/openai-go"
	"github.com/openai/openai-go/azure"
	"github.com/openai/openai-go/option"
)

func Azure(endpoint, key string) openai.Client {
	return openai.NewClient(
		azure.WithEndpoint(endpoint, "2024-10-21"),
		azure.WithAPIKey(key),
	)
}

func Plain(key string) openai.Client {
	return openai.NewClient(option.WithAPIKey(key))
}

func Implicit() openai.Client {
	return openai.NewClient()
}
