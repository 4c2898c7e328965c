package raw

import (
	"bytes"
	"fmt"
	"net/http"
)

func ask(resource, deployment, key string, body []byte) (*http.Request, error) {
	url := fmt.Sprintf("https://%s.openai.azure.com/openai/deployments/%s/chat/completions?api-version=2024-06-01", resource, deployment)
	req, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("api-key", key)
	return req, nil
}

func plain(apiKey string, body []byte) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, "https://api.openai.com/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Add("Authorization", fmt.Sprintf("Bearer %s", apiKey))
	return req, nil
}
