package brains

import (
	"fmt"

	"github.com/sashabaranov/go-openai"
)

const APIKey = "apiKey"

type options struct{ APIKey, Base string }

// The same variable's name in each function, but only one goes elsewhere.
func plain(o *options) *openai.Client {
	config := openai.DefaultConfig(o.APIKey)
	if o.Base != "" {
		config.BaseURL = o.Base
	}
	return openai.NewClientWithConfig(config)
}

func inAzure(o *options) (*openai.Client, error) {
	if o.APIKey == "" {
		return nil, fmt.Errorf("%s is missing", APIKey)
	}
	config := openai.DefaultAzureConfig(o.APIKey, o.Base)
	return openai.NewClientWithConfig(config), nil
}

func router(o *options) *openai.Client {
	config := openai.DefaultConfig(o.APIKey)
	config.BaseURL = "https://openrouter.ai/api/v1"
	return openai.NewClientWithConfig(config)
}
