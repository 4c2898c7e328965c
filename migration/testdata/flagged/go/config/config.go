package config

// Config is read by envconfig.
type Config struct {
	Port      int    `env:"PORT" envDefault:"8080"`
	OpenAIKey string `env:"OPENAI_API_KEY,required"`
	Endpoint  string `env:"AZURE_OPENAI_ENDPOINT"`
}
