package task

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// many is a JSONL file of n lines, each of about 200 tokens, made while it is read.
func many(n int) Files {
	text := strings.Repeat("one more word ", 60)
	return Files{Open: func(string) (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			var err error
			for i := 0; i < n && err == nil; i++ {
				_, err = fmt.Fprintf(w, "{\"id\":\"text-%d\",\"text\":%q,\"labels\":[\"a\",\"b\"]}\n", i, text)
			}
			w.CloseWithError(err)
		}()
		return r, nil
	}}
}

// BenchmarkCheck reads 20,000 texts: memory is what the hashes of their ids take.
func BenchmarkCheck(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		f := parse(b, "tasks: [{id: a, embeddings: {jsonl: x, output: v.npy}}]", Settings{Deployment: "d"})
		if err := f.Check(many(20_000)); err != nil || f.Tasks[0].Count() != 20_000 {
			b.Fatal(err)
		}
	}
}

func BenchmarkItems(b *testing.B) {
	f := parse(b, "tasks: [{id: a, prompt: 'Sum up: {{text}}', jsonl: x}]", Settings{Deployment: "d"})
	b.ReportAllocs()
	for b.Loop() {
		for item, err := range f.Tasks[0].Items(many(1000)) {
			if err != nil {
				b.Fatal(err)
			}
			if _, err := item.Request(nil); err != nil || item.Key(nil) == "" {
				b.Fatal(err)
			}
		}
	}
}
