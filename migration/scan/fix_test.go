package scan

import (
	"bytes"
	encoding "encoding/json"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestFix: a flagged file with a .fixed beside it is rewritten to that. Whatever
// is rewritten has less to find and needs no more fixing; a silent file stays.
func TestFix(t *testing.T) {
	t.Parallel()
	for _, root := range []string{"../testdata/flagged/", "../testdata/silent/"} {
		for _, name := range golden(t, strings.TrimSuffix(root, "/")) {
			t.Run(filepath.Base(root)+"/"+name, func(t *testing.T) {
				t.Parallel()
				testFix(t, root, name)
			})
		}
	}
}

func testFix(t *testing.T, root, name string) {
	data, err := os.ReadFile(root + name)
	if err != nil {
		t.Fatal(err)
	}
	_, path, _ := strings.Cut(name, "/")
	before := filled(data)
	after := Fix(path, before, nil)
	if want, err := os.ReadFile(root + name + ".fixed"); err == nil && string(after) != string(filled(want)) {
		t.Errorf("got\n%s\nwant\n%s", after, want)
	} else if strings.Contains(root, "silent") && !bytes.Equal(after, before) {
		t.Errorf("a silent file is rewritten to\n%s", after)
	}
	if !bytes.Equal(after, before) {
		sameKind(t, path, before, after)
		fixable(t, path, before, after)
	}
}

// sameKind checks what holds for whatever is rewritten: there is less to find, it
// is as well-formed as it was, and nothing is left to rewrite.
func sameKind(t *testing.T, path string, before, after []byte) {
	t.Helper()
	if found, left := Text(path, before), Text(path, after); len(left) >= len(found) {
		t.Errorf("%d findings before, %d after: %v", len(found), len(left), left)
	}
	if again := Fix(path, after, nil); !bytes.Equal(again, after) {
		t.Errorf("once more gives\n%s", again)
	}
	if utf8.Valid(before) && !utf8.Valid(after) {
		t.Errorf("no UTF-8:\n%q", after)
	}
	if encoding.Valid(before) && !encoding.Valid(after) {
		t.Errorf("no JSON:\n%s", after)
	}
	if got := unpaired(path, after); got != 0 && unpaired(path, before) == 0 && formatOf(path, before).name != "workflow" {
		t.Errorf("%d brackets are without another:\n%s", got, after)
	}
	if strings.HasSuffix(path, ".go") {
		if _, err := parser.ParseFile(gotoken.NewFileSet(), path, after, parser.SkipObjectResolution); err != nil {
			t.Errorf("%v:\n%s", err, after)
		}
	}
	crlf, lf := []byte("\r\n"), []byte("\n")
	if bytes.Count(before, crlf) == bytes.Count(before, lf) && bytes.Count(after, crlf) != bytes.Count(after, lf) && bytes.Contains(before, lf) {
		t.Errorf("mixed ends of lines:\n%q", after)
	}
}

// fixable checks that what is gone is what Fixable says may go.
func fixable(t *testing.T, path string, before, after []byte) {
	t.Helper()
	count := map[string]int{}
	for _, m := range Text(path, before) {
		count[m.Rule]++
	}
	for _, m := range Text(path, after) {
		count[m.Rule]--
	}
	for rule, n := range count {
		if n > 0 && !Fixable(rule, path) || n < 0 {
			t.Errorf("%d of %s are gone", n, rule)
		}
	}
}

// unpaired is how many brackets of a text lack another.
func unpaired(path string, data []byte) int {
	x := &text{name: path, data: data, format: formatOf(path, data)}
	depth := 0
	for i, c := range data {
		switch {
		case !x.code(i):
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		}
	}
	return depth
}

// Fix leaves alone what it doesn't understand as a whole.
func TestFixLeaves(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct{ name, text string }{
		"a public client": {"a.py", "from openai import OpenAI\nclient = OpenAI(api_key=key)\n"},
		"both ways":       {"a.py", "from openai import AzureOpenAI\nfrom x import get_bearer_token_provider\nclient = AzureOpenAI(api_key=key)\n"},
		"a name in use":   {"a.py", "from openai import AzureOpenAI\ntoken_provider = 1\nclient = AzureOpenAI(api_key=key)\n"},
		"an own type":     {"a.py", "from mine import AzureOpenAI\nclient = AzureOpenAI(api_key=key)\n"},
		"a gateway":       {"a.py", "from openai import AzureOpenAI\nclient = AzureOpenAI(api_key=key, azure_endpoint=\"https://x.azure-api.net\")\n"},
		"unpacked":        {"a.py", "from openai import AzureOpenAI\nclient = AzureOpenAI(api_key=key, **more)\n"},
		"an inner import": {"a.py", "def f():\n    from openai import AzureOpenAI\n    return AzureOpenAI(api_key=key)\n"},
		"a browser":       {"a.js", "import { AzureOpenAI } from \"openai\";\nnew AzureOpenAI({ apiKey, dangerouslyAllowBrowser: true });\n"},
		"spread":          {"a.js", "import { AzureOpenAI } from \"openai\";\nnew AzureOpenAI({ apiKey: key, ...more });\n"},
		"no error":        {"a.go", "package a\n\nimport (\n\t\"github.com/openai/openai-go\"\n\t\"github.com/openai/openai-go/azure\"\n)\n\nfunc f(key string) openai.Client { return openai.NewClient(azure.WithEndpoint(\"https://a.openai.azure.com\", \"1\"), azure.WithAPIKey(key)) }\n"},
		"a key in use":    {"a.go", "package a\n\nimport (\n\t\"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai\"\n\t\"github.com/Azure/azure-sdk-for-go/sdk/azcore\"\n)\n\nfunc f() (*azopenai.Client, error) {\n\tkey, ok := lookup()\n\treturn azopenai.NewClientWithKeyCredential(\"https://a.openai.azure.com\", azcore.NewKeyCredential(key), nil)\n}\n"},
		"keys are read":   {"a.bicep", "resource a 'Microsoft.CognitiveServices/accounts@2023-05-01' = {\n  kind: 'OpenAI'\n  properties: {\n    disableLocalAuth: false\n  }\n}\noutput key string = a.listKeys().key1\n"},
		"a called one":    {".github/workflows/a.yml", "on: workflow_call\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: azure/login@v2\n        with:\n          creds: ${{ secrets.AZURE_CREDENTIALS }}\n"},
		"read-all":        {".github/workflows/a.yml", "on: push\npermissions: read-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: azure/login@v2\n        with:\n          creds: ${{ secrets.AZURE_CREDENTIALS }}\n"},
		"a token's user":  {".github/workflows/a.yml", "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: git push\n      - uses: azure/login@v2\n        with:\n          creds: ${{ secrets.AZURE_CREDENTIALS }}\n"},
		"a curl":          {".github/workflows/a.yml", "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ./ask.sh\n        env:\n          AZURE_OPENAI_API_KEY: ${{ secrets.AZURE_OPENAI_API_KEY }}\n"},
		"a container":     {".github/workflows/a.yml", "on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    container: python:3\n    steps:\n      - run: python ask.py\n        env:\n          AZURE_OPENAI_API_KEY: ${{ secrets.AZURE_OPENAI_API_KEY }}\n"},
	} {
		if len(Text(c.name, []byte(c.text))) == 0 {
			t.Errorf("%s: nothing is found", what)
		}
		if out := Fix(c.name, []byte(c.text), nil); string(out) != c.text {
			t.Errorf("%s: rewritten to\n%s", what, out)
		}
	}
}

// TestFixSpares: lines with what is not wanted stay, and what would change them.
func TestFixSpares(t *testing.T) {
	t.Parallel()
	const head, bicep = "from openai import AzureOpenAI\n\n", "resource a 'Microsoft.CognitiveServices/accounts@2023-05-01' = {\n  kind: 'OpenAI'\n  properties: {\n    disableLocalAuth: false // stay\n  }\n}\n"
	for _, c := range []struct{ name, text, gone string }{
		{"a.py", head + "old = AzureOpenAI(api_key=a, azure_endpoint=e)  # stay\nnew = AzureOpenAI(api_key=b, azure_endpoint=e)\n", "api_key=b"},
		{"b.py", head + "key = os.environ[\"AZURE_OPENAI_API_KEY\"]  # stay\nnew = AzureOpenAI(api_key=key, azure_endpoint=e)\n", ""},
		{"a.bicep", bicep + strings.ReplaceAll(bicep, "false // stay", "false"), "false\n"},
		{"b.bicep", bicep, ""},
	} {
		out := string(Fix(c.name, []byte(c.text), func(text []byte, found []Match) []Match {
			return slices.DeleteFunc(slices.Clone(found), func(m Match) bool {
				return bytes.Contains(text[m.Start:m.Start+lineLength(text[m.Start:])], []byte("stay"))
			})
		}))
		for line := range strings.Lines(c.text) {
			if strings.Contains(line, "stay") && !strings.Contains(out, line) {
				t.Errorf("%s: the line is gone:\n%s", c.name, out)
			}
		}
		if c.gone == "" && out != c.text || c.gone != "" && strings.Contains(out, c.gone) {
			t.Errorf("%s: rewritten to\n%s", c.name, out)
		}
	}
}

// What would take long if each rewriting looked at the whole text again.
func TestFixTime(t *testing.T) {
	t.Parallel()
	for name, part := range map[string][2]string{
		"calls.py":                {"from openai import AzureOpenAI\n", "client = AzureOpenAI(api_key=key, azure_endpoint=e)\n"},
		"keys.py":                 {"from openai import AzureOpenAI\nclient = AzureOpenAI(api_key=key)\n", "key = os.environ[\"OPENAI_API_KEY\"]\n"},
		"calls.ts":                {"import { AzureOpenAI } from \"openai\";\n", "new AzureOpenAI({ apiKey: key, endpoint });\n"},
		"calls.go":                {"package a\n\nimport \"github.com/Azure/azure-sdk-for-go/sdk/ai/azopenai\"\n\n", "func f() { c, err := azopenai.NewClientWithKeyCredential(e, azcore.NewKeyCredential(k), nil) }\n"},
		"deep.go":                 {"package azopenai\n\nvar key = ", "(("},
		"main.bicep":              {"", "resource a 'Microsoft.CognitiveServices/accounts@2023-05-01' = {\n  kind: 'OpenAI'\n}\n"},
		"main.tf":                 {"", "resource \"azurerm_cognitive_account\" \"a\" {\n  kind = \"OpenAI\"\n}\n"},
		".github/workflows/a.yml": {"on: push\npermissions: write-all\njobs:\n  a:\n    runs-on: x\n    steps:\n", "      - uses: azure/login@v2\n        with:\n          creds: ${{ secrets.AZURE_CREDENTIALS }}\n"},
	} {
		data := []byte(part[0] + strings.Repeat(part[1], (fixLimit-len(part[0]))/len(part[1])))
		if took := elapsed(func() { Fix(name, data, nil) }); took > time.Minute {
			t.Errorf("%s takes %v", name, took)
		} else {
			t.Logf("%s takes %v", name, took)
		}
	}
}

func elapsed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}

func FuzzFix(f *testing.F) {
	seed(f, os.DirFS("../testdata/flagged"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		after := Fix(name, data, nil)
		if !bytes.Equal(after, data) {
			sameKind(t, name, data, after)
		}
	})
}
