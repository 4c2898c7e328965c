package emulator

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

// asked is a request that can be served again and again.
func asked(b *testing.B, e *Emulator, path, body string) func() *httptest.ResponseRecorder {
	b.Helper()
	token, err := sign(e.entra, e.accessClaims("https://cognitiveservices.azure.com", "https://login.example/"))
	if err != nil {
		b.Fatal(err)
	}
	return func() *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		return w
	}
}

// BenchmarkChat is what one small request costs, without the connection.
func BenchmarkChat(b *testing.B) {
	e, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	for name, body := range map[string]string{
		"whole":  `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"capital of France"}],"max_tokens":8}`,
		"stream": `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"capital of France"}],"max_tokens":8,"stream":true,"stream_options":{"include_usage":true}}`,
	} {
		b.Run(name, func(b *testing.B) {
			ask := asked(b, e, "/openai/v1/chat/completions", body)
			if w := ask(); w.Code != http.StatusOK {
				b.Fatal(w.Body)
			}
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}

// A sink is a ResponseWriter that counts, since a recorder would copy for longer
// than the emulator writes.
type sink struct {
	header http.Header
	status int
	bytes  int64
}

func (s *sink) Header() http.Header    { return s.header }
func (s *sink) WriteHeader(status int) { s.status = status }
func (s *sink) FlushError() error      { return nil }
func (s *sink) Write(b []byte) (int, error) {
	s.bytes += int64(len(b))
	return len(b), nil
}

// BenchmarkEmbeddings is what a full request costs, of 1,400 texts of 200 tokens,
// without the connection.
func BenchmarkEmbeddings(b *testing.B) {
	e, err := New(Config{})
	if err != nil {
		b.Fatal(err)
	}
	token, err := sign(e.entra, e.accessClaims("https://cognitiveservices.azure.com", "https://login.example/"))
	if err != nil {
		b.Fatal(err)
	}
	const n = 1400
	texts := make([]string, n)
	for i := range texts {
		texts[i] = firstRunes(strings.Repeat("The quick brown fox no. "+strconv.Itoa(i)+" jumps over\nthe lazy dog, and "+strconv.Itoa(i*i)+" others look. ", 20), 800)
	}
	for name, format := range map[string]string{"base64": "base64", "float": "float"} {
		b.Run(name, func(b *testing.B) {
			body := compact(object{"input": texts, "encoding_format": format})
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/openai/deployments/text-embedding-3-small/embeddings?api-version=2024-10-21", strings.NewReader(body))
				r.Header.Set("Authorization", "Bearer "+token)
				w := &sink{header: http.Header{}}
				if e.ServeHTTP(w, r); w.status > 200 || w.bytes < n*1536 {
					b.Fatal(w)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "vectors/s")
		})
	}
}
