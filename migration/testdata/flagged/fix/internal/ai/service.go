package ai

import (
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/azure"
)

// A Service answers.
type Service struct{ client openai.Client }

// New makes one.
func New(endpoint, key string) (*Service, error) {
	client := openai.NewClient(
		azure.WithEndpoint(endpoint, "2024-10-21"),
		azure.WithAPIKey(key),
	)
	return &Service{client}, nil
}
