package llm

import openai "github.com/sashabaranov/go-openai"

func client(key, endpoint string) *openai.Client {
	cfg := openai.DefaultAzureConfig(key, endpoint)
	cfg.APIVersion = "2024-06-01"
	return openai.NewClientWithConfig(cfg)
}
