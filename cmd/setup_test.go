package cmd

import (
	"testing"

	"github.com/keyless-inference/action/hub"
)

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

func TestIsOf(t *testing.T) {
	t.Parallel()
	of := hub.Repository{Name: "Octo-Org/octo-repo", OwnerID: 1234, ID: 5678}
	for prefix, want := range map[string]bool{
		"": true, "repo:octo-org/octo-repo": true, "repo:octo-org@1234/octo-repo@5678": true,
		"repository_owner_id:1234:repository_id:5678": true, "repo:evil/other": false,
	} {
		if isOf(prefix, of) != want {
			t.Errorf("%q: %v", prefix, !want)
		}
	}
}
