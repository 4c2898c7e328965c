package scan

import (
	"strings"
	"testing"
)

// Nothing that a program says makes the check fail, point outside the text, or
// take long.
func FuzzCode(f *testing.F) {
	for _, seed := range []string{
		"import openai\nopenai.api_key = os.getenv('KEY')\n", "AzureOpenAI(api_key=key, azure_endpoint=e)", "OpenAI::Client.new access_token: ENV['X']",
		"library(openai)\nadd_headers(`api-key` = key)", "<?php OpenAI::client($key); 'Authorization: Bearer ' . $key", "credential = AzureKeyCredential(k)\nopenai(x, credential)",
		"openai {'api_key': 'x', 'api_type': 'azure'}", "f\"{os.environ['OPENAI_API_KEY']}\"", "class S(BaseSettings):\n  openai_api_key: str", "az cognitiveservices account keys list",
		"credentials.dig(:openai, :api_key)", "OPENAI_API_KEY=", "'OPENAI_API_KEY':", "Sys.setenv(OPENAI_API_KEY =",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, ext := range []string{".py", ".rb", ".php", ".R", ".swift"} {
			for _, m := range Text("a"+ext, data) {
				if m.Start < 0 || m.Start > m.End || m.End > len(data) && !strings.HasPrefix(string(data), "\xff\xfe") && !strings.HasPrefix(string(data), "\xfe\xff") {
					t.Fatalf("%s: %+v of %d bytes", ext, m, len(data))
				}
			}
		}
	})
}

func TestArgumentNames(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`f(a, b=1)`: "|b", `f("x:y", "n": 2)`: "|n", `f({"a": 1, b: 2})`: "a|b", `f(:k => v)`: "k", "f(`api-key` = key)": "api-key", `f()`: "", `f(**x, y = 2)`: "|y",
	} {
		x := &text{data: []byte(source), format: rlang}
		var names []string
		for _, a := range x.calls()[0].args {
			names = append(names, a.name)
		}
		if got := strings.Join(names, "|"); got != want {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}
