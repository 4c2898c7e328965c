package scan

import (
	"strings"
	"testing"
)

// programNames are names of files of every language with braces.
var programNames = []string{"a.js", "a.ts", "a.vue", "a.cs", "a.java", "a.kt", "a.go", "a.rs", "a.swift"}

// Any text may claim to be a program: none makes the check fail, and what is
// found lies inside the text.
func FuzzPrograms(f *testing.F) {
	f.Add(uint8(0), "const c = new OpenAI({ apiKey: `${process.env.OPENAI_API_KEY}` })")
	f.Add(uint8(3), "OpenAIClient c = new(new AzureKeyCredential(config[\"AzureOpenAI:Key\"]));")
	f.Add(uint8(4), "OpenAIOkHttpClient.builder()\n.apiKey(System.getenv(\"OPENAI_API_KEY\"))")
	f.Add(uint8(6), "type C struct { K string `env:\"OPENAI_API_KEY\"` }\nvar c = openai.NewClient(option.WithAPIKey(k))")
	f.Add(uint8(7), "OpenAIConfig::new().with_api_key(env!(\"OPENAI_API_KEY\"))'\"'")
	f.Add(uint8(1), "openai ]})({[ \"api-key\": k, `Bearer ${")
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		for _, m := range Text(programNames[int(kind)%len(programNames)], []byte(text+"\nopenai azure_openai")) {
			if m.Start < 0 || m.End < m.Start || m.End > len(text)+20 || m.Line < 1 {
				t.Errorf("the match %+v is outside", m)
			}
		}
	})
}

func TestMarkJavaScript(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a 'b' // c":        "..sss.cccc",
		"`a${b}c`d":         "ssss.sss.",
		"`${`x`}`y":         "ssssssss.",
		"x = /[\"'/]/; 'y'": ".............sss",
		"a / b / 'c'":       "........sss",
		"don't 'a'":         "......sss",
		"/* ' */ \"b\"":     "ccccccc.sss",
		"`${ {a: '}'} }`":   "sss.....sss..ss",
	} {
		classes := make([]class, len(in))
		markJavaScript([]byte(in), classes)
		var got strings.Builder
		for _, c := range classes {
			got.WriteByte(".cs"[c])
		}
		if got.String() != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got.String(), want)
		}
	}
}

func TestSettingName(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"OPENAI_API_KEY": "OPENAI_API_KEY", "${openai.api.key:}": "openai.api.key", "${KEY:none}": "KEY", "AzureOpenAI:ApiKey": "AzureOpenAI:ApiKey",
		"Set OPENAI_API_KEY": "", "OPENAI_API_KEY=": "", "": "",
	} {
		if got := settingName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
