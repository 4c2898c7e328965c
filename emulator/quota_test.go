package emulator

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestQuotaTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var q quota
		d := Deployment{Name: "d", TPM: 600}
		if v := q.admit(d, 600); v.exceeded != "" {
			t.Fatalf("a full bucket: %+v", v)
		}
		v := q.admit(d, 100)
		if v.exceeded != "token" || v.wait != 10*time.Second {
			t.Fatalf("an empty bucket: %+v", v)
		}
		for name, value := range map[string]string{
			"Retry-After": "1", "Retry-After-Ms": "0", "X-Ratelimit-Limit-Tokens": "600", "X-Ratelimit-Remaining-Tokens": "0",
			"X-Ratelimit-Reset-Tokens": "0", "X-Ratelimit-Renewalperiod-Tokens": "60", "X-Ratelimit-Type": "Tokens",
			"X-Ratelimit-Limit-Requests": "-1", "X-Ratelimit-Key": "d", "X-Ratelimit-Abusepenalty-Active": "False",
		} {
			if v.headers[name] != value {
				t.Errorf("%s is %q, want %q", name, v.headers[name], value)
			}
		}
		time.Sleep(v.wait - time.Millisecond)
		if v := q.admit(d, 100); v.exceeded == "" {
			t.Error("admitted too early")
		}
		time.Sleep(time.Millisecond)
		v = q.admit(d, 100)
		if v.exceeded != "" || v.headers["X-Ratelimit-Remaining-Tokens"] != "0" || v.headers["X-Ratelimit-Reset-Tokens"] != "60" {
			t.Errorf("after the wait: %+v", v)
		}
		if v.headers["Retry-After"] != "" || v.headers["X-Ratelimit-Type"] != "" {
			t.Errorf("advice on an admitted request: %+v", v)
		}
		time.Sleep(time.Hour)
		if v := q.admit(d, 601); v.wait != 24*time.Hour || v.headers["Retry-After"] != "86400" {
			t.Errorf("more than a minute holds: %+v", v)
		}
		if v := q.admit(Deployment{Name: "e", TPM: 600}, 600); v.exceeded != "" {
			t.Errorf("another deployment's bucket: %+v", v)
		}
	})
}

func TestQuotaRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var q quota
		d := Deployment{Name: "d", RPM: 3}
		for range 3 {
			if v := q.admit(d, 1_000_000); v.exceeded != "" {
				t.Fatalf("%+v", v)
			}
		}
		v := q.admit(d, 1)
		if v.exceeded != "call" || v.wait != 20*time.Second || v.headers["Retry-After"] != "20" || v.headers["X-Ratelimit-Type"] != "Requests" ||
			v.headers["X-Ratelimit-Remaining-Requests"] != "0" || v.headers["X-Ratelimit-Reset-Requests"] != "60" {
			t.Errorf("%+v", v)
		}
		time.Sleep(v.wait)
		if v := q.admit(d, 1); v.exceeded != "" {
			t.Errorf("%+v", v)
		}
	})
}

// A refusal comes in today's words, which differ between the URL families.
func TestRateLimited(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{Deployments: []Deployment{{Name: "small", Model: "gpt-4o-mini", Version: "1", TPM: 100}}})
	const text = `{"error":{"code":"RateLimitReached","message":"Your requests to small for gpt-4o-mini in East US 2 have exceeded the token rate limit for your current OpenAI S0 pricing tier. This request was for ChatCompletions_Create under %s. Please retry after 86400 seconds. To increase your default rate limit, visit: https://aka.ms/oai/quotaincrease."}}`
	r := m.chat(t, "small", "hi", `,"max_tokens":100`)
	if r.status != 429 || r.body != strings.ReplaceAll(text, "%s", "OpenAI Language Model Instance API") {
		t.Errorf("%d %s", r.status, r.body)
	}
	r = m.post(t, "/openai/deployments/small/chat/completions?api-version=2024-10-21", hello[:len(hello)-1]+`,"max_tokens":9223372036854775807}`)
	if r.status != 429 || r.body != strings.ReplaceAll(text, "%s", "Azure OpenAI API version 2024-10-21") {
		t.Errorf("%d %s", r.status, r.body)
	}
	want(t, r.header, map[string]string{"X-Ratelimit-Type": "Tokens", "X-Ms-Deployment-Name": "", "X-Ratelimit-Key": "small", "Retry-After": "86400"})
	// 3 + 4 + 1 for the prompt, and 92
	if r := m.chat(t, "small", "hi", `,"max_tokens":92`); r.status != 200 || r.header.Get("X-Ratelimit-Remaining-Tokens") != "0" {
		t.Errorf("%d %v", r.status, r.header)
	}
	if r := m.chat(t, "small", "hi", `,"max_tokens":50`); r.status != 429 || r.header.Get("Retry-After") != "1" || r.header.Get("Retry-After-Ms") != "0" {
		t.Errorf("%d %v", r.status, r.header)
	}
}

// With a window a bucket is full again when the next window begins, and not
// before.
func TestQuotaMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var q quota
		d := Deployment{Name: "d", TPM: 600, RPM: 60, Window: "minute"}
		q.admit(d, 500)
		time.Sleep(20 * time.Second)
		v := q.admit(d, 200)
		if v.exceeded != "token" || v.wait != 40*time.Second || v.headers["X-Ratelimit-Limit-Tokens"] != "600" {
			t.Errorf("%+v", v)
		}
		if v := q.admit(d, 100); v.exceeded != "" || v.headers["X-Ratelimit-Remaining-Tokens"] != "0" || v.headers["X-Ratelimit-Reset-Tokens"] != "40" {
			t.Errorf("%+v", v)
		}
		time.Sleep(40*time.Second - 1)
		if v := q.admit(d, 1); v.exceeded == "" {
			t.Errorf("%+v", v)
		}
		time.Sleep(time.Hour + 30*time.Second + 1)
		if v := q.admit(d, 600); v.exceeded != "" || v.headers["X-Ratelimit-Reset-Tokens"] != "30" {
			t.Errorf("%+v", v)
		}
		if v := q.admit(d, 601); v.wait != never {
			t.Errorf("%+v", v)
		}
	})
}

func TestQuotaRPMWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var q quota
		d := Deployment{Name: "d", TPM: 1e6, RPM: 13, RPMWindow: 10}
		for range 3 { // 13 / 6, rounded up
			if v := q.admit(d, 1); v.exceeded != "" {
				t.Fatalf("%+v", v)
			}
		}
		v := q.admit(d, 1)
		if v.exceeded != "call" || v.wait != 10*time.Second || v.headers["X-Ratelimit-Renewalperiod-Requests"] != "10" ||
			v.headers["X-Ratelimit-Renewalperiod-Tokens"] != "60" || v.headers["X-Ratelimit-Limit-Requests"] != "13" {
			t.Errorf("%+v", v)
		}
		time.Sleep(v.wait)
		if v := q.admit(d, 1); v.exceeded != "" || v.headers["X-Ratelimit-Remaining-Requests"] != "2" {
			t.Errorf("%+v", v)
		}
	})
}

func TestQuotaHeaders(t *testing.T) {
	t.Parallel()
	for style, want := range map[string][3]string{ // remaining, then on a refusal: remaining, retry-after
		"":         {"500", "0", "1"},
		"none":     {"", "", ""},
		"negative": {"-1", "-1", ""},
		"low":      {"5", "0", "1"},
	} {
		var q quota
		d := Deployment{Name: "d", TPM: 600, Headers: style}
		v, no := q.admit(d, 100), q.admit(d, 600)
		const remaining = "X-Ratelimit-Remaining-Tokens"
		if got := [3]string{v.headers[remaining], no.headers[remaining], no.headers["Retry-After"]}; got != want || no.exceeded == "" {
			t.Errorf("%q: %q, want %q", style, got, want)
		}
	}
}
