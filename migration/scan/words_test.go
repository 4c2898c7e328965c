package scan

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"":                       -1,
		"open ai":                -1,
		"openai":                 0,
		"xx OpenAI":              3,
		"opeopenai":              3,
		"AZURE_OPENAI_KEY":       6,
		strings.Repeat("o", 999): -1,
		"an aoai_key":            3,
	} {
		if got := words.next([]byte(text), 0); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add([]byte("the OpenAI and the aoai"), "abcd")
	f.Add([]byte("secrets: inherit"), "ab-cd")
	f.Fuzz(func(t *testing.T, data []byte, word string) {
		list := []string{"openai", "sk-proj-", "gpt-4", "xyzxyz"}
		if len(word) > 3 && word == strings.ToLower(word) && strings.ToValidUTF8(word, "") == word && len(word) == len([]rune(word)) {
			list = append(list, word)
		}
		set := newWordSet(list...)
		want := -1
		for i := range data {
			for _, w := range list {
				if want < 0 && hasFold(data[i:], w) {
					want = i
				}
			}
		}
		if got := set.next(data, 0); got != want {
			t.Errorf("next(%q) of %q = %d, want %d", data, list, got, want)
		}
	})
}

// innocent is much source code that has none of the words: Go's own.
func innocent(b *testing.B) []byte {
	return sources(b, filepath.Join(goEnv(b, "GOROOT"), "src", "net", "http", "*.go"), 4<<20)
}

func sources(b *testing.B, pattern string, size int) []byte {
	b.Helper()
	names, _ := filepath.Glob(pattern)
	var all bytes.Buffer
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		if !words.in(data) && all.Len() < size {
			all.Write(data)
		}
	}
	if all.Len() == 0 {
		b.Skip("no sources here")
	}
	return all.Bytes()
}

func BenchmarkWords(b *testing.B) {
	data := innocent(b)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if words.in(data) {
			b.Fatal("found")
		}
	}
}
