package brains

import (
	"os"

	sdk "github.com/openai/openai-go/v2"
	"github.com/openai/openai-go/v2/option"
)

func client(apiKey string) sdk.Client {
	opts := []option.RequestOption{option.WithAPIKey(apiKey)}
	if admin := os.Getenv("OPENAI_ADMIN_KEY"); admin != "" {
		opts = append(opts, option.WithAdminAPIKey(admin))
	}
	return sdk.NewClient(opts...)
}
