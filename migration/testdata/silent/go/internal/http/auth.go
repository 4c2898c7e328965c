package http

import "net/http"

// The users' tokens are checked before a question goes to openai.
func authorize(req *http.Request, token string) {
	req.Header.Set("Authorization", "Bearer "+token)
}
