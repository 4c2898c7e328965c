package llm

import (
	"net/http/httptest"
	"testing"

	"github.com/openai/openai-go"
	"github.com/openai/openai-go/option"
	goopenai "github.com/sashabaranov/go-openai"
)

func TestAnswers(t *testing.T) {
	server := httptest.NewServer(nil)
	client := openai.NewClient(option.WithAPIKey("test"), option.WithBaseURL(server.URL))
	_ = client
}

func entra(token, url string) *goopenai.Client {
	config := goopenai.DefaultAzureConfig(token, url)
	config.APIType = goopenai.APITypeAzureAD
	return goopenai.NewClientWithConfig(config)
}
