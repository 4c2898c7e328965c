package vendors

import (
	"os"

	"github.com/openai/openai-go"
	"github.com/openai/openai-go/option"
)

func gitHubModels() openai.Client {
	return openai.NewClient(option.WithAPIKey(os.Getenv("GITHUB_TOKEN")), option.WithBaseURL("https://models.github.ai/inference"))
}
