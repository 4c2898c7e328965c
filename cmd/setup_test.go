package cmd

import "testing"

func TestAPIAt(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{
		"": "", "https://github.com": "", "https://octo.ghe.com": "https://api.octo.ghe.com",
		"https://github.example.com:8443": "https://github.example.com:8443/api/v3", "http://127.0.0.1:8089": "http://127.0.0.1:8089/api/v3",
	} {
		if got := apiAt(server); got != want {
			t.Errorf("%q: %q, want %q", server, got, want)
		}
	}
}
