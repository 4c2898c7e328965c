package pace

import (
	"context"
	"net/http"
	"testing"
)

// BenchmarkTurn is what a request pays for its turn, alone and beside others.
func BenchmarkTurn(b *testing.B) {
	for _, c := range []struct {
		name   string
		limits Limits
		header http.Header
	}{
		{"no limits", Limits{}, unlimited()},
		{"announced limits", Limits{}, roomy()},
		{"own limits", Limits{Concurrency: 64, Requests: 1e9, Tokens: 1e12}, unlimited()},
	} {
		b.Run(c.name+"/alone", func(b *testing.B) {
			p := New(c.limits)
			b.ReportAllocs()
			for b.Loop() {
				once(b, p, c.header)
			}
		})
		b.Run(c.name+"/beside", func(b *testing.B) {
			p := New(c.limits)
			b.ReportAllocs()
			b.SetParallelism(64)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					once(b, p, c.header)
				}
			})
		})
	}
}

func once(tb testing.TB, p *Pacer, h http.Header) {
	t, err := p.Turn(context.Background(), 100)
	if err != nil {
		tb.Error(err)
		return
	}
	t.Answered(http.StatusOK, h)
	t.Done(90)
}

func unlimited() http.Header {
	h := http.Header{}
	minusOne(nil, 0, h)
	return h
}

// roomy announces limits that are never reached.
func roomy() http.Header {
	h := http.Header{}
	for _, n := range names {
		h.Set(n.limit, "1000000000")
		h.Set(n.left, "900000000")
	}
	return h
}
