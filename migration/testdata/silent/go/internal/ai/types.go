package ai

// Options are those of the openai client.
type Options struct {
	APIKey  string `json:"apiKey"`
	BaseURL string `json:"baseURL"`
}

type openaiKey struct{}

func WithAPIKey(apiKey string) func(*Options) {
	return func(o *Options) { o.APIKey = apiKey }
}
