package inference_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyless-inference/action/emulator"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/wire"
)

// world serves an emulator and returns a client of it with a real token, and
// the number of requests that reached its Azure OpenAI.
func world(t *testing.T) (*emulator.Emulator, *inference.Client, *atomic.Int64) {
	t.Helper()
	return worldOf(t, emulator.Config{})
}

func worldOf(t *testing.T, cfg emulator.Config) (*emulator.Emulator, *inference.Client, *atomic.Int64) {
	t.Helper()
	e, err := emulator.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	asked := new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/openai/") {
			asked.Add(1)
		}
		e.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	token := entraToken(t, server.URL, "")
	return e, &inference.Client{
		Endpoint: server.URL + "/openai/v1/",
		ClientID: emulator.DefaultClient,
		Token: func(_ context.Context, claims string) (string, error) {
			if claims != "" {
				token = entraToken(t, server.URL, claims)
			}
			return token, nil
		},
	}, asked
}

// entraToken walks the exchange by hand: this package knows nothing of it.
func entraToken(t *testing.T, base, claims string) string {
	t.Helper()
	address := strings.TrimPrefix(emulator.Config{}.Env(base)[0], "ACTIONS_ID_TOKEN_REQUEST_URL=")
	r, err := http.NewRequest("GET", address+"&audience="+url.QueryEscape(emulator.DefaultAudience), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+emulator.RequestToken)
	assertion := field(t, r, "value")
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {emulator.DefaultClient}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"scope":                 {"https://cognitiveservices.azure.com/.default"},
	}
	if claims != "" {
		form.Set("claims", claims)
	}
	r, err = http.NewRequest("POST", base+"/"+emulator.DefaultTenant+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return field(t, r, "access_token")
}

func field(t *testing.T, r *http.Request, name string) string {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	var answer map[string]any
	if err := json.Unmarshal(b, &answer); err != nil || answer[name] == nil {
		t.Fatalf("%s: %s", r.URL.Path, b)
	}
	return answer[name].(string)
}

func TestEmulatorAnswers(t *testing.T) {
	t.Parallel()
	_, c, _ := world(t)
	dated := &inference.Client{Endpoint: c.Endpoint, Token: c.Token, APIVersion: "2024-10-21"}
	preview := &inference.Client{Endpoint: c.Endpoint, Token: c.Token, APIVersion: "2025-04-01-preview"}
	for _, tc := range []struct {
		client          *inference.Client
		api, deployment string
	}{
		{c, inference.Chat, "gpt-4o-mini"},
		{c, inference.Chat, "gpt-5-mini"},
		{c, inference.Responses, "gpt-5-codex"},
		{c, inference.Completions, "gpt-35-turbo-instruct"},
		{dated, inference.Chat, "gpt-4o-mini"},
		{dated, inference.Completions, "gpt-35-turbo-instruct"},
		{preview, inference.Responses, "gpt-4o-mini"},
	} {
		for _, whole := range []bool{false, true} {
			got, err := tc.client.Ask(t.Context(), inference.Request{
				API: tc.api, Deployment: tc.deployment, Whole: whole, MaxCompletionTokens: new(int64(5000)),
				Messages: []inference.Message{{Role: "user", Content: "Say hello, please."}},
			})
			if err != nil || got.FinishReason == "" || !strings.Contains(got.Text, "hello") || got.Usage.Total == 0 || got.RequestID == "" || got.Attempts != 1 {
				t.Errorf("%s %s %q whole=%v: %+v, %v", tc.api, tc.deployment, tc.client.APIVersion, whole, got, err)
			}
		}
	}
}

func TestEmulatorHealsAndFits(t *testing.T) {
	t.Parallel()
	_, c, asked := world(t)
	schema, err := inference.ParseSchema([]byte(`{"name":"verdict","strict":true,"schema":{"type":"object","properties":{"verdict":{"type":"string","enum":["good","bad"]}},"required":["verdict"],"additionalProperties":false}}`))
	if err != nil {
		t.Fatal(err)
	}
	q := inference.Request{
		Deployment: "gpt-5-mini", MaxTokens: new(int64(5000)), Temperature: new(0.0), Schema: schema,
		Messages: []inference.Message{{Role: "user", Content: "Judge this."}},
	}
	for _, want := range []int64{3, 4} { // two refused parameters are learnt once
		if got, err := c.Ask(t.Context(), q); err != nil || schema.Validate(got.Text) != nil || asked.Load() != want {
			t.Errorf("%d requests, want %d: %+v, %v", asked.Load(), want, got, err)
		}
	}
}

func TestEmulatorFaults(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"unauthorized":         "scope: https://cognitiveservices.azure.com/.default",
		"unauthorized-ai":      "scope: https://ai.azure.com/.default",
		"permission-denied":    "az role assignment create",
		"tenant-mismatch":      "tenant-id",
		"custom-subdomain":     "--custom-domain",
		"firewall":             "network-rule add",
		"private-endpoint":     "virtual network",
		"suspended":            "suspended",
		"key-disabled":         "added an API key",
		"deployment-not-found": "deployment list",
		"not-found":            "no such route",
		"content-filter":       "violence (severity",
		"content-filter-old":   "violence (severity",
		"context-length":       "too long for the model",
		"redirect":             "sent the request elsewhere",
		"html":                 "no usable answer",
		"429-day":              "24h0m0s",
	} {
		e, c, asked := world(t)
		if err := e.Fault("openai", code); err != nil {
			t.Error(err)
			continue
		}
		_, err := c.Ask(t.Context(), inference.Request{Deployment: "gpt-4o-mini", Messages: []inference.Message{{Role: "user", Content: "Hi."}}})
		var p *wire.Problem
		if !errors.As(err, &p) || !strings.Contains(err.Error(), want) || asked.Load() != 1 {
			t.Errorf("%s: %d requests, %v; want %q", code, asked.Load(), err, want)
		}
	}
}

func TestEmulatorPassingFaults(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"429-bare", "408", "409", "500", "500-array", "502", "503", "reset", "cut", "stream-error"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			e, c, asked := world(t)
			c.Timeout = 20 * time.Second
			if err := e.Fault("openai", code); err != nil {
				t.Fatal(err)
			}
			got, err := c.Ask(t.Context(), inference.Request{Deployment: "gpt-4o-mini", Messages: []inference.Message{{Role: "user", Content: "Hi."}}})
			if err != nil || asked.Load() != 2 || got.Attempts != 2 || got.Text == "" {
				t.Errorf("%d requests: %+v, %v", asked.Load(), got, err)
			}
		})
	}
}

func TestEmulatorEmbeddings(t *testing.T) {
	t.Parallel()
	_, c, _ := world(t)
	vectors := map[int][]float32{}
	q := inference.EmbedRequest{Deployment: "text-embedding-3-small", Inputs: []string{"one", "two", "one"}, Dimensions: 256}
	got, err := c.Embed(t.Context(), q, func(i int, v []float32) error {
		vectors[i] = append([]float32(nil), v...)
		return nil
	})
	if err != nil || len(vectors) != 3 || len(vectors[0]) != 256 || got.Usage.Prompt == 0 || got.Model != "text-embedding-3-small" {
		t.Fatalf("%d vectors, %+v, %v", len(vectors), got, err)
	}
	if vectors[0][7] != vectors[2][7] || vectors[0][7] == vectors[1][7] {
		t.Error("equal texts have equal vectors, and others do not")
	}
	q.Inputs[1] = strings.Repeat("word and word ", 5000)
	_, err = c.Embed(t.Context(), q, func(int, []float32) error { return nil })
	var long *inference.TooLongError
	if !errors.As(err, &long) || !errors.As(err, new(*wire.Problem)) {
		t.Errorf("got %v", err)
	}
	for i := range 60 {
		q.Inputs = append(q.Inputs[:i], strings.Repeat("word and word ", 2000))
	}
	_, err = c.Embed(t.Context(), q, func(int, []float32) error { return nil })
	if !errors.As(err, new(*inference.TooManyTokensError)) {
		t.Errorf("got %v", err)
	}
}

func TestEmulatorBatch(t *testing.T) {
	t.Parallel()
	for _, old := range []bool{false, true} {
		e, err := emulator.New(emulator.Config{BatchTime: 10 * time.Millisecond, BatchOldStyle: old})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(e)
		t.Cleanup(server.Close)
		token := entraToken(t, server.URL, "")
		c := &inference.Client{Endpoint: server.URL, ClientID: emulator.DefaultClient, Token: func(context.Context, string) (string, error) { return token, nil }}
		if old {
			c.APIVersion = "2024-10-21"
		}
		answers, b, err := runBatch(t, c, "gpt-4o-mini-batch")
		if err != nil || len(answers) != 3 || b.Total != 3 {
			t.Fatalf("old %v: %d answers, %+v, %v", old, len(answers), b, err)
		}
		for id, answer := range answers {
			if answer == "" || strings.HasPrefix(answer, "!") {
				t.Errorf("%s: %q", id, answer)
			}
		}
		_, _, err = runBatch(t, c, "gpt-4o-mini")
		if !errors.As(err, new(*wire.Problem)) || !strings.Contains(err.Error(), "no batch deployment") {
			t.Errorf("old %v: got %v", old, err)
		}
	}
}

// runBatch puts three questions and returns the answers by id, an error after an
// exclamation mark.
func runBatch(t *testing.T, c *inference.Client, deployment string) (map[string]string, inference.Batch, error) {
	t.Helper()
	var lines strings.Builder
	for _, id := range []string{"a", "b", "c"} {
		line, err := inference.BatchLine(id, inference.Request{Deployment: deployment, Messages: []inference.Message{{Role: "user", Content: "Say " + id}}})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(line)
	}
	b, err := c.CreateBatch(t.Context(), inference.Chat, "lines.jsonl", strings.NewReader(lines.String()), nil)
	for err == nil && !b.Over() {
		time.Sleep(5 * time.Millisecond) // the emulator is on a socket, where no time can be faked
		b, err = c.Batch(t.Context(), b.ID)
	}
	if err != nil {
		return nil, b, err
	}
	answers := map[string]string{}
	err = c.BatchResults(t.Context(), b, func(id string, a inference.Answer, err error) error {
		if answers[id] = a.Text; err != nil {
			answers[id] = "!" + err.Error()
		}
		return nil
	})
	return answers, b, err
}

// A probe of each kind of deployment is one request, and so is the list of models.
func TestEmulatorProbe(t *testing.T) {
	t.Parallel()
	limited := emulator.DefaultDeployments()
	for i := range limited {
		limited[i].TPM, limited[i].RPM = 1000, 60
	}
	e, c, asked := worldOf(t, emulator.Config{Deployments: limited})
	for _, q := range []inference.ProbeRequest{
		{Deployment: "gpt-4o-mini"},
		{Deployment: "gpt-4o-mini", API: inference.Responses},
		{Deployment: "text-embedding-3-small", API: inference.Embeddings},
	} {
		before := asked.Load()
		got, err := c.Probe(t.Context(), q)
		if err != nil || got.Status != 200 || got.Model == "" || got.RequestID == "" || got.Tokens == 0 || asked.Load() != before+1 {
			t.Errorf("%+v: got %+v, %v", q, got, err)
		}
		if got.Quota.LimitTokens <= 0 || got.Quota.RemainingTokens < 0 || got.Quota.RemainingTokens >= got.Quota.LimitTokens {
			t.Errorf("%+v: the quota is %+v", q, got.Quota)
		}
	}
	if got, err := c.ProbeFree(t.Context()); err != nil || got.Status != 200 || got.Tokens != 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := e.Fault("openai", "429-20s"); err != nil {
		t.Fatal(err)
	}
	_, err := c.Probe(t.Context(), inference.ProbeRequest{Deployment: "gpt-4o-mini"})
	var refused *inference.ServiceError
	if !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests {
		t.Errorf("got %v", err)
	}
}

// The service revokes the token; the next one has the claims that it asks for.
func TestEmulatorClaimsChallenge(t *testing.T) {
	t.Parallel()
	e, c, asked := world(t)
	if err := e.Fault("openai", "cae"); err != nil {
		t.Fatal(err)
	}
	c.Attempts = 1
	got, err := c.Ask(t.Context(), inference.Request{Deployment: "gpt-4o-mini", Messages: []inference.Message{{Role: "user", Content: "hi"}}})
	if err != nil || got.Text == "" || asked.Load() != 2 {
		t.Errorf("%d requests, %+v, %v", asked.Load(), got, err)
	}
	if _, err := c.ProbeFree(t.Context()); err != nil || asked.Load() != 3 {
		t.Errorf("the new token was not taken: %v", err)
	}
}
