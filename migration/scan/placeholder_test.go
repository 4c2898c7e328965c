package scan

import "testing"

func TestPlaceholder(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"": true, `""`: true, "<your-key>": true, "YOUR_API_KEY": true, "xxxx": true, "...": true, "changeme": true, "${KEY}": true, "{{ .Values.key }}": true, "%KEY%": true,
		"#{ApiKey}#": true, "__API_KEY__": true, "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/k)": true, "sk-...": true, "sk-xxxxxxxx": true, "'your key here'": true, "AZURE_OPENAI_API_KEY": true,
		"00000000000000000000000000000000": true, "********": true, "null": true, "$OPENAI_API_KEY": true, "op://vault/openai/key": true, "secretref:openai-key": true,
		"9f4c" + "a1b2d37788e0516c2f9b": false, "sk-" + "Zq81mPvA77": false, "hunter2": false, "s3cr3tP4ss": false, "test": false,
	} {
		if got := placeholder(value); got != want {
			t.Errorf("placeholder(%q) = %v, want %v", value, got, want)
		}
	}
}

func TestDummy(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"test": true, "fake-key": true, "dummy": true, "mock_api_key": true, "none": true, "not-needed": true, "EMPTY": true, "ollama": true, "xxx": true, "'test'": true, "sk-test-123": true, "key1": true,
		"sk-no-key-required": true, "abc123": true, "foo": true, "lm-studio": true, "": true, "test123": true, "12345": true,
		"<your-key>": false, "YOUR_API_KEY": false, "9f4c" + "a1b2d37788e0516c2f9b": false, "contestwinner": false, "${KEY}": false,
	} {
		if got := dummy(value); got != want {
			t.Errorf("dummy(%q) = %v, want %v", value, got, want)
		}
	}
}
