package llm

import (
	"net/http"
	"strings"

	"github.com/openai/openai-go"
	"github.com/openai/openai-go/option"
	goopenai "github.com/sashabaranov/go-openai"
)

func (m *Model) legacy() *goopenai.Client {
	return goopenai.NewClientWithConfig(goopenai.DefaultAzureConfig(m.token, m.url))
}

func (m *Model) official() openai.Client {
	return openai.NewClient(
		option.WithMaxRetries(3),
		option.WithAPIKey(m.secret),
	)
}

func (m *Model) raw(r *http.Request) {
	if strings.Contains(m.url, "azure.com") {
		r.Header.Set("api-key", m.apiKey)
		return
	}
	r.Header.Set("Authorization", "Bearer "+m.apiKey)
}
