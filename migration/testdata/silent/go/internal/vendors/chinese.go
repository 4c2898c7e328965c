package vendors

import openai "github.com/sashabaranov/go-openai"

func deepSeek(key string) *openai.Client {
	cfg := openai.DefaultConfig(key)
	cfg.BaseURL = "https://api.deepseek.com/v1"
	return openai.NewClientWithConfig(cfg)
}
