package inference

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/keyless-inference/action/wire"
)

// smallAnswers serves the answers of a small question as fast as net/http can.
func smallAnswers(b testing.TB) string {
	streamed := func() string {
		res, _ := hello(nil)
		all, _ := io.ReadAll(res.Body)
		return string(all)
	}()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h := w.Header()
		h.Set("Apim-Request-Id", "8d1b1f0c-7e43-4d1a-9f0e-1f2f6f1d2c3b")
		h.Set("X-Ratelimit-Limit-Requests", "9000")
		h.Set("X-Ratelimit-Remaining-Requests", "8999")
		h.Set("X-Ratelimit-Limit-Tokens", "1500000")
		h.Set("X-Ratelimit-Remaining-Tokens", "1499990")
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
		if bytes.Contains(body, []byte(`"stream":true`)) {
			h.Set("Content-Type", "text/event-stream; charset=utf-8")
			io.WriteString(w, streamed)
			return
		}
		h.Set("Content-Type", "application/json")
		io.WriteString(w, chatAnswer)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// BenchmarkAsk compares small questions with a client of net/http that sends
// the same body and reads the same answer.
func BenchmarkAsk(b *testing.B) {
	for _, c := range []struct {
		name  string
		whole bool
	}{{"stream", false}, {"whole", true}} {
		base := smallAnswers(b)
		q := ask()
		q.Whole = c.whole
		b.Run(c.name, func(b *testing.B) {
			client := serve().client()
			client.Endpoint, client.Do = base, nil
			parallel(b, func() error { _, err := client.Ask(context.Background(), q); return err })
		})
		b.Run(c.name+"-bare", func(b *testing.B) {
			body := `{"messages":[{"content":"Be kind.","role":"system"},{"content":"Greet.","role":"user"}],"model":"gpt","stream_options":{"include_usage":true},"stream":true}`
			if c.whole {
				body = strings.NewReplacer(`,"stream_options":{"include_usage":true},"stream":true`, "").Replace(body)
			}
			t := http.DefaultTransport.(*http.Transport).Clone()
			t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 512
			client := &http.Client{Transport: t}
			parallel(b, func() error { return bare(client, base+"/openai/v1/chat/completions", body) })
		})
	}
}

func bare(client *http.Client, url, body string) error {
	r, err := http.NewRequest("POST", url, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+secret)
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = wire.ReadAll(res.Body, 1<<20)
	return err
}

func parallel(b *testing.B, call func() error) {
	b.ReportAllocs()
	b.SetParallelism(64 / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := call(); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
