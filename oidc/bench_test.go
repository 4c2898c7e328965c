package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyless-inference/action/wire"
)

// BenchmarkGetTokenWarm has 10,000 callers of a token that is in memory, and says how
// long they waited for locks, each call on average.
func BenchmarkGetTokenWarm(b *testing.B) {
	c, _ := credential(b, serve(granted("access", 3600, 0)))
	ctx := context.Background()
	if _, err := c.GetToken(ctx, scope); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism((10_000 + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	b.ReportAllocs()
	b.ResetTimer()
	before := lockWait()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.GetToken(ctx, scope); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric((lockWait()-before)*1e9/float64(b.N), "lock-ns/op")
}

// lockWait is how many seconds goroutines of the process have waited for mutexes.
func lockWait() float64 {
	sample := []metrics.Sample{{Name: "/sync/mutex/wait/total:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64()
}

// threeCalls is GitHub's token service, Entra and a deployment on loopback.
func threeCalls(b *testing.B) string {
	token := jwt(b, testSubject)
	mux := http.NewServeMux()
	mux.HandleFunc("/github", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"value":"`+token+`"}`) })
	mux.HandleFunc("/"+testTenant+tokenPath, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("client_assertion") != token {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, `{"token_type":"Bearer","expires_in":3600,"access_token":"access"}`)
	})
	mux.HandleFunc("/openai", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer access" {
			w.WriteHeader(http.StatusUnauthorized)
		}
		io.WriteString(w, `{}`)
	})
	server := httptest.NewServer(mux)
	b.Cleanup(server.Close)
	return server.URL
}

// call sends a request and reads the answer into out.
func call(do func(*http.Request) (*http.Response, error), method, at, bearer string, form url.Values, out any) error {
	req, err := http.NewRequest(method, at, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = errors.New(resp.Status)
	}
	return errors.Join(err, json.Unmarshal(body, out))
}

// bare makes the three calls with nothing around them.
func bare(do func(*http.Request) (*http.Response, error), base string) error {
	var id struct{ Value string }
	var access struct {
		Token string `json:"access_token"`
	}
	form := url.Values{
		"client_id": {testClient}, "grant_type": {"client_credentials"}, "scope": {testScope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
	err := call(do, "GET", base+"/github", requestToken, nil, &id)
	form.Set("client_assertion", id.Value)
	err = errors.Join(err, call(do, "POST", base+"/"+testTenant+tokenPath, "", form, &access))
	return errors.Join(err, call(do, "GET", base+"/openai", access.Token, nil, &struct{}{}))
}

// whole makes them by a new credential.
func whole(do func(*http.Request) (*http.Response, error), base string) error {
	github := GitHub{RequestURL: base + "/github", RequestToken: requestToken, Do: do}
	c, err := New(Config{Tenant: testTenant, Client: testClient, Authority: base, IDToken: github.IDToken, Do: do})
	if err != nil {
		return err
	}
	opts := scope
	opts.EnableCAE = true
	token, err := c.GetToken(context.Background(), opts)
	return errors.Join(err, call(do, "GET", base+"/openai", token.Token, nil, &struct{}{}))
}

// BenchmarkGetTokenCold compares GitHub's token, the exchange and a first request by a
// new credential with the same three HTTP calls with nothing around them, in turn so
// that both meet the same machine. overhead-µs is the difference of the medians.
func BenchmarkGetTokenCold(b *testing.B) {
	base := threeCalls(b)
	do := wire.Client().Do
	ways := []func(func(*http.Request) (*http.Response, error), string) error{bare, whole}
	took := make([][]time.Duration, len(ways))
	for b.Loop() {
		for i, way := range ways {
			start := time.Now()
			if err := way(do, base); err != nil {
				b.Fatal(err)
			}
			took[i] = append(took[i], time.Since(start))
		}
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2].Nanoseconds()) / 1e3
	}
	b.ReportMetric(median(took[0]), "bare-µs")
	b.ReportMetric(median(took[1]), "whole-µs")
	b.ReportMetric(median(took[1])-median(took[0]), "overhead-µs")
}
