package scan

import (
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostileNames are of a file of each format.
var hostileNames = []string{
	"a", "a.py", "a.js", "a.vue", "a.cs", "a.java", "a.go", "a.rs", "a.rb", "a.php", "a.R", "a.swift", "a.sh", "a.ps1", "Dockerfile", ".env", "a.toml", "a.yaml",
	"templates/a.yaml", ".github/workflows/a.yml", "action.yml", "a.json", "azuredeploy.json", "a.xml", "a.ipynb", "a.md", "a.bicep", "a.bicepparam", "a.tf", "a.tfvars",
}

// hostileUnits are repeated. %d is another number each time; a ¦ parts what is
// first from what is repeated; of two parts with ~ between them, the second
// follows as often as the first; and _ behind a ~ stands for as many blanks.
var hostileUnits = []string{
	// brackets, quotes and comments that nothing closes
	"(", "[{", "}])", "f(~)", `{"a":~}`, "[~]", `"`, "'", "`", `"""x`, "'\"`", "/*", "*/ /* ", "<!--", "# ", "=/[", "=/a/g, ", "`${", "`${~}`", `\`, "\\\n", `\n\"`, `r#"`, `@"`, "@\"\n", "\n=begin", "<", "a<", ",", ";", ":", "\n", " \n", "a: b\r", "\x00openai", "\xffopenai",
	// clients
	"AzureOpenAI(", "AzureOpenAI(api_key=", "AzureOpenAI(api_key=k, azure_endpoint=e)\n", "new OpenAI({apiKey: k})\n", "new OpenAI(options)\n", "OpenAI();", "OpenAI(¦api_key=k, ", "f(¦a=1, OpenAI(api_key=k), ~_", "new OpenAIClient<", "OpenAI::Client.new\n", "OpenAI.configure { |c| c.access_token = k }\n",
	"new AzureKeyCredential(", "new AzureKeyCredential(k), ", "c = AzureKeyCredential(c)\n", "var c%d = new AzureKeyCredential(k%d);\n", "var c%d = new AzureKeyCredential(k);\nnew OpenAIClient(e, c%d);\n", "OpenAIOkHttpClient.builder()¦.apiKey(k)", "v%d.apiKey(k%d)\n", "c.BaseURL = x\nc = OpenAI(apiKey, c)\n", "from openai import OpenAI as A%d\nA%d(api_key=k)\n",
	// assignments
	"a=b\nb=a\n", "a=b=", "=\n", "v%d = v%d\nOpenAI(api_key=v1)\n", "a = 1\n~_", "{¦a: 1\n# c\n~_", "openai.api_key = k; ", "const { OPENAI_API_KEY: k%d, b%d } = process.env\n", "func f%d(key string) { openai.NewClient(key) }\n",
	// names, headers and keys
	"OPENAI_API_KEY ", "OPENAI_API_KEY=abcd\n", "OPENAI_API_KEY: x\n", "OPENAI_API_KEY_", "OPENAI_API_KEY.", `"OPENAI_API_KEY", `, "k = os.getenv('OPENAI_API_KEY'); ", `"api-key": k, `, "\"api-key\": k,\n", `headers={"api-key": k}`, `"Bearer " + key, `, "h.Set(\"Authorization\", \"Bearer \" + k%d)\n", "{'api_type': 'azure', 'api_key': k}\n",
	"JQQJ" + "99", "sk-" + openaiMarker, "0123456789abcdef", "key = 0123456789abcdef0123456789abcdf1\n", `"a" + `, `"` + strings.Repeat("a", 32) + `" + `, "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNk ",
	// scripts
	"curl -H \"api-key: $K\" \\\n", "curl -H 'api-key: $K' https://a.openai.azure.com | ", "cat <<E%d x%d\n", "cat > a <<EOF\n¦curl -H \"api-key: $K\" https://a\nOPENAI_API_KEY=$A\n", "az cognitiveservices account keys list ", "az login --service-principal -p x\n", "${OPENAI_API_KEY:-", "ENV OPENAI_API_KEY=abc\n", "RUN ¦a \\\n OPENAI_API_KEY=x ",
	// YAML, JSON and XML
	"${{ ", "${{ secrets.OPENAI_API_KEY }} ", "${{ fromJSON(secrets.A).b[c] && (", "{{ .Values.openaiApiKey }} ", "- ", "- a:\n", "a%d: &a%d\n", "<<: *a\n", "a: |\n  b\n", "a: {b: [~]}", "openai: { api_key: ", "  j%d:\n    needs: j%d\n    env:\n      OPENAI_API_KEY: ${{ secrets.X }}\n    steps:\n    - run: x $OPENAI_API_KEY\n",
	"    - run: |\n        curl -H \"api-key: $K\" https://x.openai.azure.com\n", "      - uses: x/openai@v1\n        with:\n          api-key: ${{ secrets.K }}\n", "apiVersion: v1\nkind: Secret\ndata:\n  OPENAI_API_KEY: abc\n---\n", `"OPENAI_API_KEY":"abc",`, `{"name":"OPENAI_API_KEY","value":"x"},`, "<a>", `<add key="OPENAI_API_KEY" value="x"/>`, "<OPENAI_API_KEY>", "[openai]\n¦api_key = abc\n",
	// templates of infrastructure
	"resource a%d 'Microsoft.CognitiveServices/accounts@2023' = { kind: 'OpenAI' }\noutput k%d string = a.listKeys().key1\n", "resource a 'Microsoft.CognitiveServices/accounts@2023-05-01' = {\n", "listKeys(", "param openaiApiKey%d string\nvar x%d = openaiApiKey\n", "resource \"azurerm_cognitive_account\" \"a%d\" {\n  kind = \"OpenAI\"\n}\n", "resource \"azurerm_cognitive_account\" \"a\" {\n", "locals {\n openai_key%d = local.openai_key%d\n}\n", "azurerm_cognitive_account.openai.primary_access_key ", "new CognitiveAccount(this, 'a', {", `{"resources":[{"type":"Microsoft.CognitiveServices/accounts","kind":"OpenAI",`, `"[listKeys(resourceId('Microsoft.CognitiveServices/accounts', 'a'), '2023').key1]",`,
	// notebooks and documents
	`{"cells":[¦{"cell_type":"code","source":["c%d = AzureKeyCredential(k)\n","OpenAI(api_key=v1)\n"],"outputs":[{"text":["OPENAI_API_KEY=abc"]}]},`, `{"cells":[{"source":["`, "```python\nOpenAI(api_key=k)\n```\n", "```python\n", "> ",
}

// hostile is a text of about n bytes of a unit.
func hostile(unit string, n int) []byte {
	var b strings.Builder
	b.WriteString("openai azure_openai .openai.azure.com ")
	first, rest, ok := strings.Cut(unit, "¦")
	if !ok {
		first, rest = "", unit
	}
	b.WriteString(first)
	rest, second, _ := strings.Cut(rest, "~")
	if second == "_" {
		second = strings.Repeat(" ", len(rest))
	}
	times := n / (len(rest) + len(second))
	for i := range times {
		b.WriteString(strings.ReplaceAll(rest, "%d", fmt.Sprint(i)))
	}
	return []byte(b.String() + strings.Repeat(second, times))
}

// TestHostile: texts that somebody made to be slow take about as long as others
// of their size. Four times the text may take eight times as long. The time is
// that of the processor, so that other programs change little of it.
func TestHostile(t *testing.T) {
	t.Parallel()
	const size, tick, floor = 16 << 10, 4 * time.Millisecond, 40 * time.Millisecond
	for _, name := range hostileNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for _, unit := range hostileUnits {
				ratio := 0.0
				for range 3 { // what else the runtime does may fall into one of them
					short, long := timed(func() { Text(name, hostile(unit, size/4)) }), timed(func() { Text(name, hostile(unit, size)) })
					if ratio = long.Seconds() / max(short, tick).Seconds(); long < floor || ratio < 8 {
						ratio = 0
						break
					}
				}
				if ratio > 0 {
					t.Errorf("four times %q takes %.0f times as long", unit, ratio)
				}
			}
		})
	}
}

// timed is how long the processor needs for what the calling thread does.
func timed(do func()) time.Duration {
	const ofThread = 1 // RUSAGE_THREAD
	var before, after syscall.Rusage
	_ = syscall.Getrusage(ofThread, &before)
	do()
	_ = syscall.Getrusage(ofThread, &after)
	spent := func(u syscall.Rusage) time.Duration { return time.Duration(u.Utime.Nano() + u.Stime.Nano()) }
	return spent(after) - spent(before)
}
