package scan

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The vectors are those of .NET's own tests; they give both halves of the state.
// https://github.com/dotnet/runtime/blob/main/src/libraries/Common/tests/Tests/System/MarvinTests.cs
func TestMarvin32(t *testing.T) {
	t.Parallel()
	const seed1, seed2, seed3 = 0x4FB61A001BDBCC, 0x804FB61A001BDBCC, 0x804FB61A801BDBCC
	for _, c := range []struct {
		seed uint64
		data string
		want uint64
	}{
		{seed1, "", 0x30ED35C100CD3C7D},
		{seed1, "af", 0x48E73FC77D75DDC1},
		{seed1, "e70f", 0xB5F6E1FC485DBFF8},
		{seed1, "37f495", 0xF0B07C789B8CF7E8},
		{seed1, "8642dc59", 0x7008F2E87E9CF556},
		{seed1, "153fb79826", 0xE6C08C6DA2AFA997},
		{seed1, "ab427ea8d10fc7", 0xE11847E4F0678C41},
		{seed2, "0932e6246c47", 0xD6DD5E40AD1BC2ED},
		{seed3, "00FF00FF00", 0x1D7DDF9DFDF3C1BF},
		{seed3, "FF00FF00FF00FF", 0xFDFD187B1D3CE784},
	} {
		data, _ := hex.DecodeString(c.data)
		if got, want := marvin32(c.seed, data), uint32(c.want>>32)^uint32(c.want); got != want {
			t.Errorf("marvin32(%x, %s) = %08x, want %08x", c.seed, c.data, got, want)
		}
	}
}

func TestChecksum(t *testing.T) {
	t.Parallel()
	key := []byte(fakeAzure('Q', "AAAB"))
	if validChecksum(key) {
		t.Error("the checksum of a made-up key is valid")
	}
	data, _ := base64.StdEncoding.DecodeString(string(key[:checksumAt]))
	copy(key[checksumAt:], base62(marvin32(checksumSeed, data)))
	if !validChecksum(key) {
		t.Error("the checksum is not valid")
	}
	ms := Keys("a.txt", key)
	if len(ms) != 1 || ms[0].What != "key of Azure OpenAI, checksum valid" {
		t.Errorf("got %v", ms)
	}
}

// rules are the rules of matches, in order, with severities that are not the
// rule's own.
func rules(ms []Match) string {
	var all []string
	for _, m := range ms {
		s := m.Rule
		if m.Severity != 0 {
			s += " " + m.Severity.String()
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

func TestKeys(t *testing.T) {
	t.Parallel()
	azure, older, sk, proj := string(filled([]byte("«azure84»"))), string(filled([]byte("«hex32»"))), string(filled([]byte("«sk»"))), string(filled([]byte("«sk-proj»")))
	host := "https://contoso.openai.azure.com"
	random := "q7ZbT2mXw9LrK4sVd8NfYh3JcPg6EuAiB1oRxSeQ5tMnWvDk"
	for _, c := range []struct{ text, want string }{
		{azure, "KL401"},
		{`key = "` + azure + `"`, "KL401"},
		{`{"body":"x\n` + azure + `"}`, "KL401"},
		{"?api-key%3D" + azure + "&x=1", "KL401"},
		{"a" + azure, ""},
		{azure + "a", ""},
		{azure + "==", "KL401"},
		{`"` + azure[:40] + `" +` + "\n  \"" + azure[40:] + `"`, "KL401"},
		{`"` + azure[:20] + `" "` + azure[20:50] + `" "` + azure[50:] + `"`, "KL401"},
		{`"` + azure[:20] + `" "` + azure[20:] + `"`, "KL401"},
		{string(filled([]byte("«azure84-speech»"))), "KL401 info"},
		{string(filled([]byte("«azure84-multi»"))), "KL401"},
		{`"` + azure[:60] + `" + "` + azure[60:] + `"`, "KL401"},
		{strings.Repeat("A", 52) + azure[52:], ""},
		{azure[:76] + "AZDO" + azure[80:], ""},
		{"data:\n  key: " + base64.StdEncoding.EncodeToString([]byte(azure)), "KL401"},
		{"data:\n  key: " + base64.StdEncoding.EncodeToString([]byte(azure+"\n")), "KL401"},

		{"AZURE_OPENAI_API_KEY=" + older, "KL402"},
		{"OPENAI_API_KEY=" + older, "KL402 warning"},
		{"API_KEY=" + older, ""},
		{"ENDPOINT=" + host + "\nAPI_KEY=" + older, "KL402"},
		{"ENDPOINT=" + host + "\nSPEECH_KEY=" + older, ""},
		{"ENDPOINT=" + host + "\nCACHE_KEY=" + older, ""},
		{"ENDPOINT=" + host + "\nMD5=" + older, ""},
		{"ENDPOINT=" + host + "\n" + strings.Repeat("x\n", 400) + "KEY1: " + older, "KL402"},
		{`new OpenAIClient(new Uri("` + host + `"), new AzureKeyCredential("` + older + `"))`, "KL402"},
		{`AzureOpenAI("` + host + `", "` + older + `")`, "KL402 warning"},
		{`curl ` + host + ` -H "api-key: ` + older + `"`, "KL402"},
		{host + "/openai/deployments?subscription-key=" + older, "KL402"},
		{`os.getenv("AZURE_OPENAI_KEY", "` + older + `")`, "KL402"},
		{`openai_type = "azure openai"` + "\n" + `api_key = (` + "\n" + `    "` + older + `"` + "\n)", "KL402"},
		{`<add key="AzureOpenAIKey" value="` + older + `" />`, "KL402"},
		{"- name: AZURE_OPENAI_KEY\n  value: " + older, "KL402"},
		{"azure openai: /assets/key-" + older + ".css", ""},
		{"azure openai apim-request-id: " + older, ""},
		{"azure openai key " + older + "00000000", ""},
		{"AZURE_OPENAI_API_KEY=" + strings.ToUpper(older), ""},
		{"AZURE_OPENAI_API_KEY=0123456789abcdef0123456789abcdef", ""},
		{"AZURE_OPENAI_API_KEY=a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6", ""},
		{"AZURE_OPENAI_API_KEY=00000000000000000000000000000000", ""},
		{"kind: Secret\ndata:\n  AZURE_OPENAI_API_KEY: " + base64.StdEncoding.EncodeToString([]byte(older)), "KL402"},
		{"kind: Secret\ndata:\n  AZURE_OPENAI_API_KEY: " + base64.StdEncoding.EncodeToString([]byte(older+"\n")), "KL402"},

		{sk, "KL403"},
		{"https://api.openai.com/?key=" + sk + "&a=b", "KL403"},
		{`\n` + sk, "KL403"},
		{"Bearer%20" + sk, "KL403"},
		{"a" + sk, ""},
		{proj, "KL403"},
		{`"` + proj[:30] + `" \` + "\n    \"" + proj[30:] + `"`, "KL403"},
		{"data:\n  k: " + base64.StdEncoding.EncodeToString([]byte(sk)), "KL403"},
		{string(filled([]byte("«sk-svcacct» «sk-admin»"))), "KL403, KL403"},
		{"sk-proj-" + random, "KL403 warning"},
		{"OPENAI_API_KEY=sk-" + random, "KL403 warning"},
		{"MOONSHOT_API_KEY=sk-" + random, ""},
		{"sk-" + random, ""},
		{"sk-proj-" + strings.Repeat("x", 48), ""},
		{"sk-proj-1234567890abcdefghijABCDEFGHIJ1234567890abcdefghij", ""},
		{"sk-" + strings.Repeat("a", 20) + openaiMarker + strings.Repeat("b", 20), ""},
		{"sk-ant-api03-" + random, ""},
		{"sk-or-v1-" + random, ""},
		{"OPENAI_API_KEY=sk-test-" + random[:43], ""},
	} {
		ms := Keys("file.txt", []byte(c.text))
		if got := rules(ms); got != c.want {
			t.Errorf("%s\ngot %q, want %q", c.text, got, c.want)
		}
		for _, m := range ms {
			if m.Key.IsZero() || strings.Contains(fmt.Sprintf("%v %#v %s", m, m, m.What), m.Key.text) {
				t.Errorf("%s: the match has no key, or shows it", c.text)
			}
		}
	}
}

// Of random keys none is taken for one that somebody typed.
func TestKeysRandom(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	chars := func(from string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = from[r.IntN(len(from))]
		}
		return string(b)
	}
	for range 20000 {
		for _, text := range []string{
			"AZURE_OPENAI_KEY=" + chars(hexDigits, 32),
			chars(base62Digits, 52) + azureSignature + "CD" + chars(base62Digits, 12) + "AAABACOG" + chars(base62Digits, 4),
			"sk-" + chars(base62Digits, 20) + openaiMarker + chars(base62Digits, 20),
			"sk-proj-" + chars(base62Digits, 74) + openaiMarker + chars(base62Digits, 74),
			"OPENAI_API_KEY=sk-" + chars(base62Digits, 47) + "7",
		} {
			if len(Keys("x", []byte(text))) != 1 {
				t.Errorf("%s: not found", text)
			}
		}
	}
}

func FuzzKeys(f *testing.F) {
	f.Add([]byte(`"` + fakeAzure('A', "AAAB") + `" + "x"`))
	f.Add([]byte("AZURE_OPENAI_API_KEY=3f9a1c" + "07d2b84e6590ab1fc37e5d82b6"))
	f.Add(filled([]byte("«sk» '«sk-proj»'")))
	f.Fuzz(func(t *testing.T, data []byte) {
		text := decoded(data)
		for _, m := range Keys("x", data) {
			if m.Key.IsZero() || m.Start < 0 || m.End > len(text) || m.Start >= m.End || strings.Contains(m.What, m.Key.text) {
				t.Errorf("%+v", m)
			}
		}
	})
}

func FuzzLongRun(f *testing.F) {
	f.Add([]byte("xx--1234--123"), 3)
	f.Fuzz(func(t *testing.T, data []byte, n int) {
		n = max(1, min(n, 40))
		for from := 0; ; {
			start, end := longRun(hexBytes, data, from, n)
			wantStart, wantEnd := plainRun(data, from, n)
			if start != wantStart || end != wantEnd {
				t.Fatalf("longRun(%q, %d, %d) = %d, %d, want %d, %d", data, from, n, start, end, wantStart, wantEnd)
			}
			if start < 0 {
				return
			}
			from = end
		}
	})
}

func plainRun(data []byte, from, n int) (start, end int) {
	for i := from; i < len(data); i++ {
		rest := data[i:]
		if length := len(rest) - len(bytes.TrimLeft(rest, hexDigits)); length >= n {
			return i, i + length
		} else if length > 0 {
			i += length
		}
	}
	return -1, -1
}

func BenchmarkKeys(b *testing.B) {
	for name, data := range map[string][]byte{
		"sources": innocent(b),
		"hits":    bytes.Repeat(filled([]byte("AZURE_OPENAI_API_KEY=«hex32»\nOPENAI_API_KEY=«sk»\nKEY=«azure84»\nx = \"«sk-proj»\"\n")), 1000),
		"hashes":  bytes.Repeat([]byte(`"integrity": "sha512-q5wrjW20cIEBnFXDP9cA0w8WUqGvLU5jkSW7xQyMpDv3+jmgAfJIzoNVNcYvAxq8pMFaJ7Cpqr+dOQ1tTgAaGA==", "md5": "3f9a1c07d2b84e6590ab1fc37e5d82b6"`+"\n"), 1000),
		"base64":  []byte(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("any bytes of a picture \x00\x01\x02"), 100000))),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				Keys("x", data)
			}
		})
	}
}

func BenchmarkText(b *testing.B) {
	root := goEnv(b, "GOMODCACHE")
	for name, pattern := range map[string]string{
		"openai-go": root + "/github.com/openai/openai-go@*/*.go",
		"azure":     root + "/github.com/openai/openai-go@*/azure/*.go",
	} {
		b.Run(name, func(b *testing.B) {
			files := map[string][]byte{}
			size := 0
			names, _ := filepath.Glob(pattern)
			for _, name := range names {
				data, err := os.ReadFile(name)
				if err != nil {
					b.Fatal(err)
				}
				files[name], size = data, size+len(data)
			}
			if size == 0 {
				b.Skip("not in the module cache")
			}
			b.SetBytes(int64(size))
			for b.Loop() {
				for name, data := range files {
					Text(name, data)
				}
			}
		})
	}
}

// goEnv is a setting of the go command.
func goEnv(b *testing.B, name string) string {
	b.Helper()
	value, err := exec.Command("go", "env", name).Output()
	if err != nil {
		b.Skip(err)
	}
	return strings.TrimSpace(string(value))
}
