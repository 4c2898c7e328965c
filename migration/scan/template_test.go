package scan

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestNotebookOffsets checks that what is decoded stands where the notebook has
// it.
func TestNotebookOffsets(t *testing.T) {
	t.Parallel()
	data := []byte(`{"cells":[{"cell_type":"code","source":["a = \"\u00e9\"\n","b\n"]},{"cell_type":"code","source":"c\\d"}],"metadata":{"language_info":{"name":"python"}}}`)
	b := (&text{data: data}).readNotebook()
	if len(b.cells) != 2 || b.language != "python" {
		t.Fatalf("read %d cells of %q", len(b.cells), b.language)
	}
	if got := string(b.cells[0].source.data) + string(b.cells[1].source.data); got != "a = \"é\"\nb\nc\\d\n" {
		t.Errorf("decoded %q", got)
	}
	for _, c := range b.cells {
		for i, want := range c.source.data {
			if host := c.source.host(i); want > ' ' && want < 0x80 && want != '"' && want != '\\' && data[host] != want {
				t.Errorf("data[%d] is %q, at %d stands %q", i, want, host, data[host])
			}
		}
	}
}

// TestNotebookBombs reads notebooks that are made to be a burden.
func TestNotebookBombs(t *testing.T) {
	t.Parallel()
	const size = 8 << 20
	for name, data := range map[string]string{
		"deep":      `{"openai":` + strings.Repeat("[", size),
		"objects":   `{"cells":` + strings.Repeat(`{"cells":`, size/9),
		"arrays":    `{"cells":` + strings.Repeat(`[`, size),
		"escapes":   `{"cells":[{"cell_type":"code","source":"openai` + strings.Repeat(`\n`, size/2) + `"}]}`,
		"cells":     `{"openai":1,"cells":[` + strings.Repeat(`{},`, size/3),
		"fences":    `{"cells":[{"cell_type":"markdown","source":"openai` + strings.Repeat("```py\\n", size/7) + `"}]}`,
		"commands":  `{"cells":[{"cell_type":"code","source":"openai\n` + strings.Repeat(`!a\n`, size/4) + `"}]}`,
		"languages": `{"openai":1,"metadata":` + strings.Repeat(`{"kernelspec":`, size/14),
	} {
		started := time.Now()
		Text("bomb.ipynb", []byte(data))
		took := time.Since(started)
		t.Log(name, took)
		if took > time.Minute {
			t.Errorf("%s took %s", name, took)
		}
	}
}

// TestTemplateBombs reads templates that are made to be a burden.
func TestTemplateBombs(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for name, part := range map[string]string{
		"x.bicep":            "resource openai 'Microsoft.CognitiveServices/accounts@1' = {",
		"x/keys.bicep":       "openAiKey: listKeys(openAiKey, ",
		"x.tf":               "resource \"azurerm_cognitive_account\" \"openai\" { openai_key = azurerm_cognitive_account.x.primary_access_key\n",
		"x/module.tf":        "module.openai.key",
		"azuredeploy.json":   `"type": "Microsoft.CognitiveServices/accounts", {`,
		"x/azuredeploy.json": `"openAiKey": [listKeys(`,
		"x/params.json":      `"parameters": {"openAiKey": {"value": "parameters('openAiKey')", `,
		"README.md":          "```bicep openai\n",
		"x.rst":              ".. code-block:: python\n openai\n",
		"x.adoc":             "[source,tf]\n----\nopenai\n",
	} {
		head := `{"$schema": "deploymentTemplate.json#", `
		if !strings.HasSuffix(name, ".json") {
			head = ""
		}
		started := time.Now()
		Text(name, []byte(head+strings.Repeat(part, size/len(part))))
		took := time.Since(started)
		t.Log(name, took)
		if took > time.Minute {
			t.Errorf("%s took %s", name, took)
		}
	}
}

// FuzzTemplate looks at any text in the formats of templates and documents.
// Matches must stand in the text.
func FuzzTemplate(f *testing.F) {
	f.Add([]byte("resource openAi 'Microsoft.CognitiveServices/accounts@2023-05-01' = {\n kind: 'OpenAI'\n}\noutput key string = openAi.listKeys().key1"))
	f.Add([]byte("resource \"azurerm_cognitive_account\" \"openai\" {\n kind = \"OpenAI\"\n}\noutput \"openai_key\" {\n value = azurerm_cognitive_account.openai.primary_access_key\n}\na = <<EOT\n{}\nEOT\n"))
	f.Add([]byte(`{"$schema": "deploymentTemplate.json#", "resources": [{"type": "Microsoft.CognitiveServices/accounts", "apiVersion": "1", "kind": "OpenAI"}], "outputs": {"openAiKey": {"value": "[listKeys('x')]"}}}`))
	f.Add([]byte("openai\n```bicep\nparam openAiKey string\n```\n.. code-block:: tf\n\n  x\n[source,sh]\n----\n"))
	f.Add([]byte(`{"cells":[{"cell_type":"code","source":["openai %env OPENAI_API_KEY=1\n","!ls \u00e9"],"outputs":[{"text":"\n"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range [...]string{"x.bicep", "x.bicepparam", "x.tf", "x.tfvars", "azuredeploy.json", "x.md", "x.Rmd", "x.rst", "x.ipynb"} {
			for _, m := range Text(name, data) {
				if m.Start < 0 || m.End < m.Start || m.End > len(data) && !bytes.HasPrefix(data, []byte{0xff, 0xfe}) && !bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
					t.Errorf("%s: %s at %d to %d of %d", name, m.Rule, m.Start, m.End, len(data))
				}
			}
		}
	})
}
