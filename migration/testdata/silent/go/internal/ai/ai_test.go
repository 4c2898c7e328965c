package ai

import (
	"os"
	"testing"

	"github.com/sashabaranov/go-openai"
)

func TestClient(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "")
	t.Setenv("AZURE_OPENAI_API_KEY", "test-key")
	os.Unsetenv("OPENAI_API_KEY")
	if openai.NewClient("test-token") == nil {
		t.Fatal("OPENAI_API_KEY")
	}
}
