package eino

import (
	"context"
	"os"

	"github.com/cloudwego/eino-ext/components/model/openai"
)

func model(ctx context.Context) (*openai.ChatModel, error) {
	return openai.NewChatModel(ctx, &openai.ChatModelConfig{
		Model:   "gpt-4o",
		ByAzure: true,
		BaseURL: os.Getenv("AZURE_OPENAI_ENDPOINT"),
		APIKey:  os.Getenv("AZURE_OPENAI_KEY"),
	})
}
