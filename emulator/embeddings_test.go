package emulator

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
)

// embedded is the vectors of texts, as the client that everybody uses reads them.
func (m model) embedded(t *testing.T, params openai.EmbeddingNewParams) ([][]float64, *openai.CreateEmbeddingResponse) {
	t.Helper()
	service := openai.NewEmbeddingService(m.options()...)
	got, err := service.New(t.Context(), params)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float64
	for i, d := range got.Data {
		if d.Index != int64(i) {
			t.Errorf("number %d has the index %d", i, d.Index)
		}
		all = append(all, d.Embedding)
	}
	return all, got
}

func texts(all ...string) openai.EmbeddingNewParamsInputUnion {
	return openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: all}
}

func cosine(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func TestSDKEmbeddings(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	for model, dimensions := range map[string][]int{
		"text-embedding-3-small": {0, 1536, 768, 512, 256, 13, 12, 1},
		"text-embedding-3-large": {0, 3072, 1536, 1024},
		"text-embedding-ada-002": {0},
	} {
		for _, n := range dimensions {
			params := openai.EmbeddingNewParams{Model: model, Input: texts("one\n\"two\"", "ünï ✓ 🙂")}
			if n != 0 {
				params.Dimensions = openai.Int(int64(n))
			}
			plain, got := m.embedded(t, params)
			params.EncodingFormat = openai.EmbeddingNewParamsEncodingFormatBase64
			packed, _ := m.embedded(t, params)
			if got.Model != model || got.Usage.PromptTokens != 3+2 || got.Usage.TotalTokens != got.Usage.PromptTokens {
				t.Errorf("%s: %s, %+v", model, got.Model, got.Usage)
			}
			for i, v := range plain {
				if want := max(n, map[bool]int{true: 3072, false: 1536}[model == "text-embedding-3-large"]); n == 0 && len(v) != want || n != 0 && len(v) != n {
					t.Errorf("%s, %d: %d numbers", model, n, len(v))
				}
				if length := cosine(v, v); math.Abs(length-1) > 1e-5 {
					t.Errorf("%s, %d: length %f", model, n, length)
				}
				for j := range v {
					if float32(v[j]) != float32(packed[i][j]) {
						t.Fatalf("%s, %d: %v as a number, %v in base64", model, n, v[j], packed[i][j])
					}
				}
			}
		}
	}
}

// The classic path answers the same, and another emulator too. These numbers must
// not change: others compare with what an earlier run kept.
func TestEmbeddingsAreTheSame(t *testing.T) {
	t.Parallel()
	const body = `{"input":"hello","dimensions":3,"encoding_format":"float"}`
	const want = `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.17790996,0.8191233,-0.54533017]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":2,"total_tokens":2}}` + "\n"
	for range 2 {
		m := serve(t, Config{})
		r := m.post(t, "/openai/deployments/text-embedding-3-small/embeddings?api-version=2024-10-21", body)
		if r.status != 200 || r.body != want {
			t.Errorf("%d %s", r.status, r.body)
		}
		if v1 := m.post(t, "/openai/v1/embeddings", `{"model":"text-embedding-3-small",`+body[1:]); v1.body != want {
			t.Errorf("%d %s", v1.status, v1.body)
		}
	}
}

func TestSimilarTexts(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{})
	all, _ := m.embedded(t, openai.EmbeddingNewParams{Model: "text-embedding-3-small", Input: texts(
		"The action fails with a 401 when the federated credential has another subject",
		"Action fails: 401, the subject of the federated credential is another",
		"Action fails: 401, the subject of the federated credential is another.",
		"Please add support for proxies with a password",
		"!!!", "???",
	)})
	near, same, far := cosine(all[0], all[1]), cosine(all[1], all[2]), cosine(all[0], all[3])
	if near < 0.5 || near > 0.9 || same < 0.9 || same > 0.99999 || math.Abs(far) > 0.25 || cosine(all[4], all[5]) > 0.3 {
		t.Errorf("near %.3f, the same but for a dot %.3f, far %.3f, without words %.3f", near, same, far, cosine(all[4], all[5]))
	}
	other, _ := m.embedded(t, openai.EmbeddingNewParams{Model: "text-embedding-ada-002", Input: texts("Please add support for proxies with a password")})
	if c := cosine(all[3], other[0]); math.Abs(c) > 0.2 {
		t.Errorf("two models agree: %.3f", c)
	}
}

func TestEmbeddingInputs(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{Deployments: append(DefaultDeployments(), Deployment{Name: "old", Model: "text-embedding-3-small", Kind: Embeddings, OldWording: true})})
	list := func(n int, text string) string {
		return `[` + strings.TrimSuffix(strings.Repeat(compact(text)+",", n), ",") + `]`
	}
	for _, c := range []struct {
		deployment, input, rest string
		status                  int
		want                    string // part of the body
	}{
		{"text-embedding-3-small", `"one"`, ``, 200, `"prompt_tokens":1,`},
		{"text-embedding-3-small", `[1,2,3]`, ``, 200, `"prompt_tokens":3,`},
		{"text-embedding-3-small", `[[1,2,3],[4]]`, ``, 200, `"prompt_tokens":4,`},
		{"text-embedding-3-small", list(2048, "a"), ``, 200, `"index":2047,`},
		{"text-embedding-3-small", list(2049, "a"), ``, 400, `array too long. Expected an array with maximum length 2048, but got an array with length 2049 instead.`},
		{"text-embedding-3-small", `[]`, ``, 400, `Invalid 'input': input cannot be an empty array.`},
		{"text-embedding-3-small", `["a",""]`, ``, 400, `Invalid 'input[1]': input cannot be an empty string.`},
		{"text-embedding-3-small", `""`, ``, 400, `input cannot be an empty string.`},
		{"text-embedding-3-small", `{"a":1}`, ``, 400, `'$.input' is invalid.`},
		{"text-embedding-3-small", `[1,"a"]`, ``, 400, `'$.input' is invalid.`},
		{"text-embedding-3-small", `null`, ``, 400, `Missing required parameter: 'input'.`},
		{"text-embedding-3-small", compact(strings.Repeat("a", 4*8192)), ``, 200, `"prompt_tokens":8192,`},
		{"text-embedding-3-small", `["a",` + compact(strings.Repeat("a", 4*8192+1)) + `]`, ``, 400, `{"error":{"message":"Invalid 'input[1]': maximum input length is 8192 tokens.","type":"invalid_request_error","param":"input","code":null}}`},
		{"old", compact(strings.Repeat("a", 4*8192+1)), ``, 400, `This model's maximum context length is 8192 tokens, however you requested 8193 tokens (8193 in your prompt; 0 for the completion).`},
		{"text-embedding-3-small", list(36, strings.Repeat("a", 4*8192)), `,"dimensions":1`, 200, `"prompt_tokens":294912,`},
		{"text-embedding-3-small", list(37, strings.Repeat("a", 4*8192)), ``, 400, `{"error":{"message":"Requested 303104 tokens, max 300000 tokens per request","type":"max_tokens_per_request","param":null,"code":"max_tokens_per_request"}}`},
		{"text-embedding-3-small", `"a"`, `,"dimensions":1537`, 400, `Invalid value for 'dimensions' = 1537. Must be less than or equal to 1536.`},
		{"text-embedding-3-small", `"a"`, `,"dimensions":0`, 400, `Must be greater than 0.`},
		{"text-embedding-3-small", `"a"`, `,"dimensions":1.5`, 400, `Must be greater than 0.`},
		{"text-embedding-ada-002", `"a"`, `,"dimensions":1536`, 400, `This model does not support specifying dimensions.`},
		{"text-embedding-3-small", `"a"`, `,"encoding_format":"hex"`, 400, `Invalid value: 'hex'.`},
		{"text-embedding-3-small", `"a"`, `,"temperature":1`, 400, `Unrecognized request argument supplied: temperature`},
		{"gpt-4o-mini", `"a"`, ``, 400, `The embeddings operation does not work with the specified model, gpt-4o-mini.`},
		{"nope", `"a"`, ``, 404, `DeploymentNotFound`},
	} {
		r := m.post(t, "/openai/v1/embeddings", fmt.Sprintf(`{"model":%q,"input":%s%s}`, c.deployment, c.input, c.rest))
		if r.status != c.status || !strings.Contains(r.body, c.want) {
			t.Errorf("%.40s: %d %.200s, want %s", c.input, r.status, r.body, c.want)
		}
	}
}

// A body that breaks off in its middle has the first half of the vectors whole.
func TestEmbeddingsCut(t *testing.T) {
	t.Parallel()
	told := make(chan Served, 3)
	m := serve(t, Config{Record: func(s Served) { told <- s }})
	for code, how := range map[string]error{"cut": io.ErrUnexpectedEOF, "cut-early": io.ErrUnexpectedEOF, "eof": nil} {
		fail(t, m.e, "openai", code)
		r := m.post(t, "/openai/v1/embeddings", `{"model":"text-embedding-3-small","input":["a","b","c","d"],"encoding_format":"base64"}`)
		if n := strings.Count(r.body, `"}`); n != 2 || r.status != 200 || !errors.Is(r.err, how) {
			t.Errorf("%s: %d, %d vectors, %v", code, r.status, n, r.err)
		}
		if s := <-told; s.Outcome != Spoiled || s.Sent != 2 || len(s.Inputs) != 4 || s.Inputs[3] != Hash("d") || s.Operation != "embeddings" {
			t.Errorf("%+v", s)
		}
	}
}

func TestEmbeddingsRefused(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{RefuseEmbeddings: true})
	const body = `{"model":"text-embedding-3-small","input":"a"}`
	if r := m.post(t, "/openai/v1/embeddings", body); r.status != 401 || r.body != unauthorized {
		t.Errorf("v1: %d %s", r.status, r.body)
	}
	const classic = "/openai/deployments/text-embedding-3-small/embeddings?api-version=2024-10-21"
	if r := m.post(t, classic, body); r.status != 200 {
		t.Errorf("classic: %d %s", r.status, r.body)
	}
	fail(t, m.e, "openai", "embeddings-refused")
	if r := m.post(t, classic, body); r.status != 401 || r.body != unauthorized {
		t.Errorf("fault: %d %s", r.status, r.body)
	}
}

func TestEmbeddingsQuota(t *testing.T) {
	t.Parallel()
	m := serve(t, Config{Deployments: []Deployment{{Name: "e", Model: "text-embedding-3-small", Kind: Embeddings, TPM: 10, RPM: 100}}})
	r := m.post(t, "/openai/v1/embeddings", `{"model":"e","input":["12345","1234","1"]}`) // 2 + 1 + 1
	want(t, r.header, map[string]string{"X-Ratelimit-Remaining-Tokens": "6", "X-Ratelimit-Remaining-Requests": "99", "X-Ms-Deployment-Name": "e"})
	r = m.post(t, "/openai/deployments/e/embeddings?api-version=2024-10-21", `{"input":["1234567890123456789012345678"]}`)
	if r.status != 429 || !strings.Contains(r.body, "This request was for Embeddings_Create under Azure OpenAI API version 2024-10-21.") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// The quick reading of a body comes to the same as the thorough one, or gives up.
func FuzzQuickParams(f *testing.F) {
	for _, s := range []string{
		`{"input":["a","b\n\"\\"],"dimensions":3}`, ` { "input" : [ "\ud83d\ude42\ud83d" , "é\u00e9" ] , "model" : "x" } `, `{"input":["a"],"input":["b"]}`, `{"input":["a"],"input":"b"}`,
		`{"input":["a"]}x`, `{"input":["` + "\x01" + `"]}`, `{"input":["` + "\xff" + `"]}`, `{"input":["\x"]}`, `{"model":nul,"input":["a"]}`, `{"user":"\q","input":["a"]}`,
		`{"input":[]}`, `{"input":["a",]}`, `{"model":null,"input":["a"]}`, `{"in\u0070ut":["a"]}`, `{"input":["\u12"]}`, `{"n":1e5 ,"input":["\\"]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		quick, ok := quickParams(body)
		if !ok {
			return
		}
		slow, no := readParams(body)
		if no != nil {
			t.Fatalf("%q is no JSON", body)
		}
		var want []string
		if err := json.Unmarshal(slow.fields["input"], &want); err != nil || !slices.Equal(want, quick.texts) {
			t.Errorf("%q: %q, want %q", body, quick.texts, want)
		}
		for k, v := range slow.fields {
			if k != "input" && string(quick.fields[k]) != string(v) {
				t.Errorf("%q: %s is %s, want %s", body, k, quick.fields[k], v)
			}
		}
		if len(slow.fields) != len(quick.fields) {
			t.Errorf("%q: %d fields, want %d", body, len(quick.fields), len(slow.fields))
		}
	})
}

func TestVectorBytes(t *testing.T) {
	t.Parallel()
	raw := bookFormat{2, true}.encode([]float64{3, 4})
	b, err := base64.StdEncoding.DecodeString(string(raw))
	if err != nil || math.Float32frombits(binary.LittleEndian.Uint32(b)) != 0.6 || math.Float32frombits(binary.LittleEndian.Uint32(b[4:])) != 0.8 {
		t.Errorf("%q, %v", raw, err)
	}
	if got := string(bookFormat{2, false}.encode([]float64{3, 4})); got != "0.6,0.8" {
		t.Error(got)
	}
}
