package scan

import "testing"

func TestFormatOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, data, want string }{
		{"a.PY", "", "python"},
		{"a.py.j2", "", "python"},
		{"a.cts", "", "javascript"},
		{"a.ts.tmpl", "", "javascript"},
		{"B.IPYNB", "", "notebook"},
		{"Dockerfile.prod", "", "dockerfile"},
		{"prod.Dockerfile", "", "dockerfile"},
		{"Containerfile.dev", "", "dockerfile"},
		{".env.local", "", "env"},
		{".dev.vars", "", "env"},
		{"env.local", "", "env"},
		{"env.py", "", "python"},
		{"prod.env", "", "env"},
		{".env.example", "", "env"},
		{"values-prod.yaml", "", "yaml"},
		{"chart.yaml.gotmpl", "", "yaml"},
		{"stack.yml.erb", "", "yaml"},
		{"templates/_helpers.tpl", "", "yaml"},
		{"main.tofu", "", "terraform"},
		{"main.tf.tmpl", "", "terraform"},
		{"main.tf.json", "", "json"},
		{"a.bicepparam", "", "bicep"},
		{".github/workflows/A.YML", "", "workflow"},
		{".github/actions/x/action.yml", "", "workflow"},
		{"Jenkinsfile.prod", "", "shell"},
		{"a.service", "", "shell"},
		{"bin/a", "#!/usr/bin/env python3\n", "python"},
		{"bin/a", "#!/usr/bin/env -S uv run --script\n", "python"},
		{"bin/a", "#!/usr/bin/env bun\n", "javascript"},
		{"bin/a", "#!/bin/bash -e\n", "shell"},
		{"bin/a", "", "text"},
		{"a.tmpl", "", "text"},
		{".orig", "", "text"},
	} {
		if got := formatOf(c.name, []byte(c.data)).name; got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestByteOrderMark: what stands before the first byte hides nothing.
func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"a.py":             "from openai import OpenAI\nOpenAI(api_key=k)\n",
		"a.ipynb":          `{"cells":[{"cell_type":"code","source":["from openai import OpenAI\n","OpenAI(api_key=k)"]}]}`,
		"appsettings.json": `{"AzureOpenAI":{"ApiKey":""}}`,
		".env":             "OPENAI_API_KEY=\n",
	} {
		if plain, marked := Text(name, []byte(text)), Text(name, []byte("\ufeff"+text)); len(plain) == 0 || len(marked) != len(plain) || marked[0].Start != plain[0].Start+len(byteOrderMark) {
			t.Errorf("%s: %v, with a mark %v", name, plain, marked)
		}
	}
}
