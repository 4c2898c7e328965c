package vendors

import openai "github.com/sashabaranov/go-openai"

const moon = "https://api.moonshot.cn/v1"

func kimi(key string) *openai.Client {
	config := openai.DefaultConfig(key)
	config.BaseURL = moon
	return openai.NewClientWithConfig(config)
}
