package llm

import (
	"github.com/spf13/viper"
	"github.com/tmc/langchaingo/llms/openai"
)

func model() (*openai.LLM, error) {
	key := viper.GetString("openai.api_key")
	return openai.New(
		openai.WithToken(key),
		openai.WithModel("gpt-4o"),
	)
}

func fromEnvironment() (*openai.LLM, error) {
	return openai.New()
}
