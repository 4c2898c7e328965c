package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for raw, wrong := range map[string]string{
		"https://example.com/x":        "",
		"http://127.0.0.1:8089":        "",
		"http://[::1]:8089":            "",
		"http://localhost":             "",
		"http://127.9.9.9":             "",
		"http://example.com":           "clear text",
		"http://localhost.example.com": "clear text",
		"http://10.0.0.1":              "clear text",
		"ftp://127.0.0.1":              "clear text",
		"https://user:pw@example.com":  "user name",
		"example.com":                  "not an absolute URL",
		"https://":                     "not an absolute URL",
		"":                             "not an absolute URL",
		"https://exa mple.com":         "not an absolute URL",
		"http://example.com/?t=eyJabc": "[token]",
	} {
		_, err := CheckURL(raw)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("CheckURL(%q) = %v, want %q", raw, err, wrong)
		}
	}
}

func TestClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := false
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		elsewhere = elsewhere || r.URL.Path == "/elsewhere"
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	resp, err := Client().Post(s.URL, "text/plain", strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTemporaryRedirect || elsewhere {
		t.Errorf("status %d, followed: %v", resp.StatusCode, elsewhere)
	}
}

func TestReadAll(t *testing.T) {
	t.Parallel()
	for n, wrong := range map[int]bool{3: false, 4: false, 5: true, 500: true} {
		b, err := ReadAll(strings.NewReader(strings.Repeat("x", n)), 4)
		if (err != nil) != wrong || len(b) != min(n, 4) {
			t.Errorf("ReadAll of %d bytes: %d, %v", n, len(b), err)
		}
	}
}

func TestFault(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err     error
		passing bool
	}{
		{io.ErrUnexpectedEOF, true},
		{&net.DNSError{IsTimeout: true}, true},
		{&net.DNSError{IsNotFound: true}, false},
		{&tls.CertificateVerificationError{Err: errors.New("unknown authority")}, false},
	} {
		var p *Passing
		if err := Fault(c.err); errors.As(err, &p) != c.passing || !errors.Is(err, c.err) {
			t.Errorf("Fault(%v) = %#v", c.err, err)
		}
	}
	if Fault(nil) != nil {
		t.Error("no error became one")
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		date := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
		past := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
		for _, c := range []struct {
			ms, after string
			want      time.Duration
		}{
			{"", "", 0},
			{"0", "1", time.Second},
			{"250", "1", time.Second},
			{"1500", "1", 1500 * time.Millisecond},
			{"-5", "7", 7 * time.Second},
			{"", "86400", 24 * time.Hour},
			{"", date, 90 * time.Second},
			{"", past, 0},
			{"soon", "later", 0},
			{"", "NaN", 0},
			{"", "Inf", 365 * 24 * time.Hour},
			{"1e300", "1", 365 * 24 * time.Hour},
		} {
			h := http.Header{}
			h.Set("retry-after-ms", c.ms)
			h.Set("Retry-After", c.after)
			if got := RetryAfter(h); got != c.want {
				t.Errorf("RetryAfter(%q, %q) = %v, want %v", c.ms, c.after, got, c.want)
			}
		}
	})
}

func TestRetry(t *testing.T) {
	t.Parallel()
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		attempts int
		fails    []error // what the calls return, one after the other; then nil
		calls    int
		low      time.Duration
		high     time.Duration
		wrong    error
	}{
		"zero value makes one attempt":  {0, []error{&Passing{Err: busy}}, 1, 0, 0, busy},
		"final error":                   {5, []error{busy}, 1, 0, 0, busy},
		"success at once":               {5, nil, 1, 0, 0, nil},
		"own back-off":                  {3, []error{&Passing{Err: busy}, &Passing{Err: busy}}, 3, 1500 * time.Millisecond, 3 * time.Second, nil},
		"the server's advice twice":     {3, []error{&Passing{Err: busy, Wait: 20 * time.Second}, &Passing{Err: busy, Wait: 20 * time.Second}}, 3, 40 * time.Second, 44 * time.Second, nil},
		"advice to hurry is no licence": {3, []error{&Passing{Err: busy, Wait: time.Millisecond}, &Passing{Err: busy, Wait: time.Millisecond}}, 3, 1500 * time.Millisecond, 3 * time.Second, nil},
		"paced calls do not count":      {2, []error{&Passing{Err: busy, Paced: true, Wait: time.Hour}, &Passing{Err: busy, Paced: true}, &Passing{Err: busy}}, 4, 500 * time.Millisecond, time.Second, nil},
		"attempts used up":              {2, []error{&Passing{Err: busy}, &Passing{Err: busy}}, 2, 500 * time.Millisecond, time.Second, busy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start, calls := time.Now(), 0
				n, err := Retry{Attempts: c.attempts}.Do(t.Context(), func(context.Context) error {
					calls++
					if calls <= len(c.fails) {
						return c.fails[calls-1]
					}
					return nil
				})
				if took := time.Since(start); n != c.calls || calls != c.calls || took < c.low || took > c.high || !errors.Is(err, c.wrong) {
					t.Errorf("%d of %d calls in %v, %v", n, calls, took, err)
				}
			})
		})
	}
}

func TestRetryBeginsNoWaitBeyondTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := Retry{Attempts: 5}.Do(ctx, func(context.Context) error {
			return &Passing{Err: errors.New("busy"), Wait: 24 * time.Hour}
		})
		var wait *WaitError
		if !errors.As(err, &wait) || wait.Left != time.Minute || wait.Wait < 24*time.Hour || time.Since(start) != 0 {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestRetryStopsWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(5 * time.Second); cancel() }()
		start := time.Now()
		n, err := Retry{Attempts: 5}.Do(ctx, func(context.Context) error {
			return &Passing{Err: io.EOF, Wait: time.Hour}
		})
		if n != 1 || !errors.Is(err, context.Canceled) || !errors.Is(err, io.EOF) || time.Since(start) != 5*time.Second {
			t.Errorf("%d calls, %v after %v", n, err, time.Since(start))
		}
	})
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                             "",
		"no token here":                "no token here",
		"Bearer eyJhbGciOi.eyJz.c2ln!": "Bearer [token]!",
		`{"access_token":"eyJhbG"}`:    `{"access_token":"[token]"}`,
		"cut eyJ":                      "cut [token]",
		"folded eyJhbGci\n" + strings.Repeat("aB3.", 10) + "\n " + strings.Repeat("x_-9", 9) + " end": "folded [token] end",
		"a eyJa.b and eyJc.d.e-_f": "a [token] and [token]",
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q) = %q, want %q", in, got, want)
		}
	}
	if err := RedactError(nil); err != nil {
		t.Error(err)
	}
	cause := &Passing{Err: errors.New("sent eyJabc.def.ghi")}
	err := RedactError(cause)
	var p *Passing
	if err.Error() != "sent [token]" || !errors.As(err, &p) || !errors.Is(err, cause) {
		t.Errorf("%v lost its text or its chain", err)
	}
}

func TestLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                       "",
		" two\n\twords\r ":                       "two words",
		"\x1b[31mred\u202e \u200bhidden\x00\xff": "[31mred hidden",
		"a token eyJab.cd, told":                 "a token [token], tol…",
		"ééééééééééééééééééééé": "éééééééééééééééééééé…",
	} {
		if got := Line(in, 20); got != want {
			t.Errorf("Line(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "x")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := Redact(a + "eyJ" + b)
		if strings.Contains(got, "eyJ") {
			t.Errorf("%q keeps a token: %q", a+"eyJ"+b, got)
		}
	})
}

func TestProblem(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	p := &Problem{What: "asking: no", Why: "the token eyJabc.d is old", Fix: "run this:\naz login", Err: cause}
	want := "asking: no\n  why: the token [token] is old\n  fix: run this:\n       az login"
	if p.Error() != want || !errors.Is(p, cause) {
		t.Errorf("got %q", p.Error())
	}
	if (&Problem{What: "asking: no"}).Error() != "asking: no" {
		t.Error("empty parts leave lines")
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	got := Steps("give the job this:\npermissions:\n  id-token: write\nor run\n# an app:\naz ad app list\naz identity list\nand wait")
	want := []Step{
		{"", "give the job this:"},
		{"yaml", "permissions:\n  id-token: write"},
		{"", "or run"},
		{"sh", "# an app:\naz ad app list\naz identity list"},
		{"", "and wait"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := Steps(""); got != nil {
		t.Errorf("nothing became %q", got)
	}
}

func TestIsGUID(t *testing.T) {
	t.Parallel()
	const id = "0a1B2c3D-4e5F-6789-abCD-EF0123456789"
	for text, want := range map[string]bool{
		id: true, strings.ToUpper(id): true, "": false, id[1:]: false, id + "0": false, " " + id[1:]: false,
		"0a1B2c3D04e5F-6789-abCD-EF012345678-": false, strings.Replace(id, "e", "g", 1): false, strings.ReplaceAll(id, "-", "0"): false,
		"{" + id[:34] + "}": false, strings.Replace(id, "a", "@", 1): false,
	} {
		if IsGUID(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
