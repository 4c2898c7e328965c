package inference

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/keyless-inference/action/wire"
)

// packed is a vector as the service sends it.
func packed(vector ...float32) string {
	raw, _ := binary.Append(nil, binary.LittleEndian, vector)
	return base64.StdEncoding.EncodeToString(raw)
}

func vectorItem(index int, vector ...float32) string {
	return fmt.Sprintf(`{"embedding":%q,"index":%d,"object":"embedding"}`, packed(vector...), index)
}

func vectorList(items ...string) string {
	return `{"data":[` + strings.Join(items, ",") + `],"model":"text-embedding-3-small","object":"list","usage":{"prompt_tokens":7,"total_tokens":7}}` + "\n"
}

// embed asks f for the vectors of inputs and returns them by index.
func embed(t *testing.T, f *fake, q EmbedRequest) (map[int][]float32, Embedded, error) {
	t.Helper()
	vectors := map[int][]float32{}
	got, err := f.client().Embed(t.Context(), q, func(i int, v []float32) error {
		if vectors[i] != nil {
			t.Errorf("index %d came twice", i)
		}
		vectors[i] = slices.Clone(v)
		return nil
	})
	return vectors, got, err
}

func texts(s ...string) EmbedRequest { return EmbedRequest{Deployment: "emb", Inputs: s} }

func TestEmbed(t *testing.T) {
	t.Parallel()
	f := serve(whole(vectorList(vectorItem(1, 3, 4), vectorItem(0, 1, -2.5))))
	q := texts("a", "ü")
	q.Dimensions = 2
	vectors, got, err := embed(t, f, q)
	want := map[int][]float32{0: {1, -2.5}, 1: {3, 4}}
	if err != nil || !maps.EqualFunc(vectors, want, slices.Equal) {
		t.Fatalf("got %v, %v", vectors, err)
	}
	if got.Model != "text-embedding-3-small" || got.RequestID != "req-1" || got.Attempts != 1 || got.Usage.Prompt != 7 || got.Usage.Total != 7 {
		t.Errorf("got %+v", got)
	}
	if f.seen[0].url != endpoint+"/openai/deployments/emb/embeddings?api-version=2024-10-21" {
		t.Errorf("asked %s", f.seen[0].url)
	}
	if want := `{"input":["a","ü"],"model":"emb","dimensions":2,"encoding_format":"base64"}`; f.seen[0].raw != want {
		t.Errorf("sent %s\nwant %s", f.seen[0].raw, want)
	}
}

func TestEmbedRoutes(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"": "/openai/deployments/emb/embeddings?api-version=2024-10-21", "2024-06-01": "/openai/deployments/emb/embeddings?api-version=2024-06-01",
		"v1": "/openai/v1/embeddings", "preview": "/openai/v1/embeddings",
	} {
		f := serve(whole(vectorList(vectorItem(0, 1))))
		c := f.client()
		c.APIVersion = version
		if _, err := c.Embed(t.Context(), texts("a"), func(int, []float32) error { return nil }); err != nil || f.seen[0].url != endpoint+want {
			t.Errorf("%q: asked %s, %v", version, f.seen[0].url, err)
		}
	}
}

// A gateway may ignore encoding_format, change the order of keys and add some,
// and escape what need not be escaped.
func TestEmbedReadsWhatGatewaysWrite(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"numbers":   `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5, -1e-3,3]}],"usage":{}}`,
		"escapes":   `{"data":[{"\u0069ndex":0,"embedding":"` + strings.ReplaceAll(packed(.5, -1e-3, 3), "A", `\u0041`) + `","extra":{"index":7,"embedding":"x"}}]}`,
		"spaces":    "\r\n{ \"data\" : [ \t{ \"index\" : 0 , \"embedding\" : \"" + packed(.5, -1e-3, 3) + "\" } ] , \"x\" : [ ] }",
		"null":      `{"error":null,"model":null,"usage":null,"data":[{"index":0,"embedding":[0.5,-0.001,3.0]}]}`,
		"a long id": `{"id":"` + strings.Repeat("x", 200<<10) + `","data":[{"embedding":[0.5,-0.001,3],"index":0}]}`,
	} {
		vectors, _, err := embed(t, serve(whole(body)), texts("a"))
		if err != nil || !slices.Equal(vectors[0], []float32{.5, -1e-3, 3}) {
			t.Errorf("%s: %v, %v", name, vectors, err)
		}
	}
}

func TestEmbedRefusesNonsense(t *testing.T) {
	t.Parallel()
	for want, body := range map[string]string{
		"index 5, but 2 inputs":    vectorList(vectorItem(5, 1)),
		"index -1, but 2":          vectorList(`{"embedding":"` + packed(1) + `"}`),
		"index 0 comes twice":      vectorList(vectorItem(0, 1), vectorItem(0, 1)),
		"has 1 dimensions, not 2":  vectorList(vectorItem(0, 1, 2), vectorItem(1, 1)),
		"has 0 dimensions":         vectorList(vectorItem(0)),
		"not finite":               vectorList(vectorItem(0, float32(math.Inf(1)))),
		"is not finite":            vectorList(`{"index":0,"embedding":[1e99]}`),
		"number in it that is not": vectorList(`{"index":0,"embedding":[1,null]}`),
		"no multiple of the 4":     vectorList(`{"index":0,"embedding":"AAAAAAA="}`),
		"not in base64":            vectorList(`{"index":0,"embedding":"%%%%"}`),
		"is not JSON":              `{"data":[}]}`,
	} {
		f := serve(whole(body))
		_, _, err := embed(t, f, texts("a", "b"))
		problem(t, err, "embedding with emb at contoso.openai.azure.com: no usable answer", want)
		if len(f.seen) != 1 {
			t.Errorf("%s: %d requests", want, len(f.seen))
		}
	}
}

func TestEmbedAsksForTheRestAlone(t *testing.T) {
	t.Parallel()
	broken := func(body string) answerer {
		return func(r *http.Request) (*http.Response, error) {
			res, _ := whole(body)(r)
			res.Body = io.NopCloser(io.MultiReader(res.Body, brokenReader{}))
			return res, nil
		}
	}
	synctest.Test(t, func(t *testing.T) {
		f := serve(
			broken(`{"data":[`+vectorItem(1, 1)+`,`+vectorItem(3, 3)+`,{"embedding":"AA`),
			whole(`{"data":[`+vectorItem(1, 2)+`]`),                         // a clean end in the middle
			whole(vectorList(vectorItem(1, 4))),                             // one is left out
			broken(strings.TrimSuffix(vectorList(vectorItem(0, 0)), "}\n")), // all are here before the cut
		)
		vectors, got, err := embed(t, f, texts("0", "1", "2", "3", "4"))
		if err != nil || got.Attempts != 4 {
			t.Fatalf("got %+v, %v", got, err)
		}
		for i := range 5 {
			if !slices.Equal(vectors[i], []float32{float32(i)}) {
				t.Errorf("vector %d is %v", i, vectors[i])
			}
		}
		for i, want := range []string{`["0","1","2","3","4"]`, `["0","2","4"]`, `["0","4"]`, `["0"]`} {
			if sent, _ := json.Marshal(f.seen[i].body["input"]); string(sent) != want {
				t.Errorf("attempt %d sent %s, want %s", i+1, sent, want)
			}
		}
		if got.Usage.Total != 14 {
			t.Errorf("usage %+v: that of both answers that told it", got.Usage)
		}
	})
}

func TestEmbedTellsWhatIsTooLong(t *testing.T) {
	t.Parallel()
	const (
		newer = `{"error":{"message":"Invalid 'input[1]': maximum input length is 8192 tokens.","type":"invalid_request_error","param":null,"code":null}}`
		older = `{"error":{"message":"This model's maximum context length is 8192 tokens, however you requested 9000 tokens (9000 in your prompt; 0 for the completion). Please reduce your prompt; or completion length.","type":"invalid_request_error","param":null,"code":null}}`
		many  = `{"error":{"message":"Requested 306153 tokens, max 300000 tokens per request","type":"max_tokens_per_request","param":null,"code":"max_tokens_per_request"}}`
	)
	for _, c := range []struct {
		body   string
		inputs int
		index  int
	}{{newer, 3, 1}, {newer, 1, -1}, {older, 3, -1}, {older, 1, 0}, {many, 3, -2}} {
		_, _, err := embed(t, serve(refusal(400, c.body)), texts(strings.Split("a b c", " ")[:c.inputs]...))
		problem(t, err, "HTTP 400")
		var long *TooLongError
		var sum *TooManyTokensError
		if errors.As(err, &long) != (c.index > -2) || errors.As(err, &sum) != (c.index == -2) || long != nil && long.Index != c.index {
			t.Errorf("%s: %#v, %#v", c.body, long, sum)
		}
	}
	// The service counts the inputs of its own request.
	synctest.Test(t, func(t *testing.T) {
		f := serve(cutBody(`{"data":[`+vectorItem(0, 1)+`,`), refusal(400, newer))
		_, _, err := embed(t, f, texts("a", "b", "c"))
		var long *TooLongError
		if !errors.As(err, &long) || long.Index != 2 {
			t.Errorf("got %v, want index 2", err)
		}
	})
	_, _, err := embed(t, serve(refusal(400, `{"error":{"message":"other","code":"x"}}`)), texts("a"))
	if errors.As(err, new(*TooLongError)) || errors.As(err, new(*TooManyTokensError)) {
		t.Errorf("got %#v", err)
	}
}

func cutBody(body string) answerer {
	return func(r *http.Request) (*http.Response, error) {
		res, _ := whole(body)(r)
		res.Body = io.NopCloser(io.MultiReader(res.Body, brokenReader{}))
		return res, nil
	}
}

func TestEmbedMistakesSendNothing(t *testing.T) {
	t.Parallel()
	f := serve()
	q := texts(make([]string, MostInputs+1)...)
	q.Deployment, q.Dimensions = "..", -1
	_, _, err := embed(t, f, q)
	if err == nil || len(f.seen) != 0 {
		t.Fatalf("%v, %d requests", err, len(f.seen))
	}
	contains(t, err.Error(), "2049 inputs", "input 0 is empty", "dimensions", `".." is no deployment's name`)
}

func TestEmbedEndsWithTheCallersError(t *testing.T) {
	t.Parallel()
	full := &wire.Passing{Err: errors.New("no space left on device")} // even one that looks as if it passes
	f := serve(whole(vectorList(vectorItem(0, 1), vectorItem(1, 1))))
	calls := 0
	_, err := f.client().Embed(t.Context(), texts("a", "b"), func(int, []float32) error { calls++; return full })
	if err != error(full) || calls != 1 || len(f.seen) != 1 {
		t.Errorf("%v, %d calls, %d requests", err, calls, len(f.seen))
	}
}

func TestEmbedSilenceAndErrorsInside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f := serve(func(r *http.Request) (*http.Response, error) {
			res, _ := whole(`{"data":[`)(r)
			pr, pw := io.Pipe()
			context.AfterFunc(r.Context(), func() { pw.CloseWithError(r.Context().Err()) })
			res.Body = io.NopCloser(io.MultiReader(res.Body, pr))
			return res, nil
		}, whole(vectorList(vectorItem(0, 1))))
		if _, got, err := embed(t, f, texts("a")); err != nil || got.Attempts != 2 || time.Since(start) < time.Minute || time.Since(start) > 2*time.Minute {
			t.Errorf("%+v, %v after %s", got, err, time.Since(start))
		}
	})
	_, _, err := embed(t, serve(whole(`{"error":{"code":"OperationNotSupported","message":"The embeddings operation does not work with the specified model, gpt."}}`)), texts("a"))
	problem(t, err, "the model does not know this API", "text-embedding-3-small")
}

// FuzzVectors compares what is read with what encoding/json reads.
func FuzzVectors(f *testing.F) {
	for _, seed := range []string{
		vectorList(vectorItem(0, 1, 2), vectorItem(1, 3, 4)), `{"data":[{"index":0,"embedding":[1,2.5]},{"embedding":[3,-4e0],"index":1}]}`,
		`{"data":[{"index":0,"embedding":"AACAPw=="}`, `{"data":null}`, `[]`, `{"data":[{"index":1.0,"embedding":"AACAPw=="}]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := map[int][]float32{}
		v := &vectors{asked: []int{0, 1, 2}, seen: make([]bool, 3), take: func(i int, vector []float32) error {
			got[i] = slices.Clone(vector)
			return nil
		}}
		if v.read(iotest.HalfReader(strings.NewReader(body))) != nil || v.failure != nil {
			return
		}
		var want struct {
			Data []struct {
				Index     json.Number
				Embedding any
			}
		}
		if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&want); err != nil {
			return // of another shape, which the reader skips
		}
		for i, vector := range got {
			if slices.ContainsFunc(vector, func(x float32) bool { return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) }) {
				t.Errorf("%d: %v", i, vector)
			}
		}
		if strings.Contains(strings.ToLower(body), "null") || len(want.Data) != len(got) {
			return // keys that differ in case or come twice are read differently
		}
		for _, item := range want.Data {
			text, ok := item.Embedding.(string)
			index, err := item.Index.Int64()
			if !ok || err != nil {
				continue
			}
			if raw, err := base64.StdEncoding.DecodeString(text); err != nil || len(raw) != 4*len(got[int(index)]) {
				t.Errorf("%d: %d bytes (%v), got %v", index, len(raw), err, got[int(index)])
			}
		}
	})
}

// BenchmarkEmbed reads answers of 2,048 vectors of 1,536 dimensions, 16.8 MB
// each, and compares with encoding/json into strings.
func BenchmarkEmbed(b *testing.B) {
	vector := make([]float32, 1536)
	for i := range vector {
		vector[i] = float32(math.Sin(float64(i))) / 40
	}
	items := make([]string, 2048)
	asked := make([]int, len(items))
	for i := range items {
		items[i], asked[i] = vectorItem(i, vector...), i
	}
	body := []byte(vectorList(items...))
	b.Run("scanner", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			v := &vectors{asked: asked, seen: make([]bool, len(asked)), take: func(int, []float32) error { return nil }}
			if err := v.read(bytes.NewReader(body)); err != nil || len(v.missing()) != 0 {
				b.Fatal(err)
			}
		}
	})
	b.Run("json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			all, _ := io.ReadAll(bytes.NewReader(body))
			var answer struct {
				Data []struct {
					Embedding string
					Index     int
				}
			}
			if err := json.Unmarshal(all, &answer); err != nil {
				b.Fatal(err)
			}
			for _, item := range answer.Data {
				raw, err := base64.StdEncoding.DecodeString(item.Embedding)
				if err != nil {
					b.Fatal(err)
				}
				for i := range vector {
					vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
				}
			}
		}
	})
}
