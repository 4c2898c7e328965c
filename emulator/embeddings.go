package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The service's limits on a request for embeddings.
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/embeddings
const (
	maxInputs        = 2048
	maxInputTokens   = 8192
	maxRequestTokens = 300_000
)

var embeddingsParams = nameSet(`dimensions encoding_format input input_type model user`)

// embeddingsOperation is embeddings.
func embeddingsOperation() operation {
	return operation{
		name: "embeddings", create: "Embeddings_Create", kinds: []Kind{Embeddings},
		read: readEmbeddings, check: checkEmbeddings, write: (*Emulator).writeVectors,
	}
}

// A passage is one text to be embedded. That of a list of token numbers is the
// numbers.
type passage struct {
	text   string
	tokens int
}

func newPassage(text string) passage { return passage{text, tokens(text)} }

// passages are an input: a string, strings, token numbers, or lists of them.
type passages []passage

func (in *passages) UnmarshalJSON(b []byte) error {
	var text string
	var texts []string
	var numbers []uint32
	var lists [][]uint32
	switch {
	case json.Unmarshal(b, &text) == nil:
		*in = passages{newPassage(text)}
	case json.Unmarshal(b, &texts) == nil:
		in.add(texts)
	case json.Unmarshal(b, &numbers) == nil:
		*in = passages{numbered(numbers)}
	case json.Unmarshal(b, &lists) == nil:
		for _, list := range lists {
			*in = append(*in, numbered(list))
		}
	default:
		return errors.New("input is neither text nor token numbers")
	}
	return nil
}

func (in *passages) add(texts []string) {
	*in = make(passages, len(texts))
	for i, text := range texts {
		(*in)[i] = newPassage(text)
	}
}

func numbered(list []uint32) passage {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.FormatUint(uint64(n), 10)
	}
	return passage{strings.Join(words, " "), len(list)}
}

func readEmbeddings(p params) (q question, no *denial) {
	if !p.has("input") {
		return q, missingParam("input")
	}
	var in passages
	if p.texts != nil {
		in.add(p.texts)
	} else if json.Unmarshal(p.fields["input"], &in) != nil {
		return q, modelRefusal("'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.", "", "")
	}
	switch {
	case len(in) == 0:
		return q, modelRefusal("Invalid 'input': input cannot be an empty array.", "input", "invalid_value")
	case len(in) > maxInputs:
		return q, modelRefusal(fmt.Sprintf("Invalid 'input': array too long. Expected an array with maximum length %d, but got an array with length %d instead.",
			maxInputs, len(in)), "input", "array_above_max_length")
	}
	for i, one := range in {
		if one.text == "" {
			return q, modelRefusal(fmt.Sprintf("Invalid 'input[%d]': input cannot be an empty string.", i), "input", "invalid_value")
		}
	}
	return question{passages: in}, nil
}

// passageTokens is what the passages cost, for the quota and in the usage.
func (q question) passageTokens() (n int) {
	for _, p := range q.passages {
		n += p.tokens
	}
	return n
}

func checkEmbeddings(p params, q question, d Deployment) *denial {
	if no := p.unrecognized(embeddingsParams); no != nil {
		return no
	}
	if f := p.text("encoding_format"); p.has("encoding_format") && f != "float" && f != "base64" {
		return modelRefusal("Invalid value: '"+f+"'. Supported values are: 'float' and 'base64'.", "encoding_format", "invalid_value")
	}
	if no := checkDimensions(p, d); no != nil {
		return no
	}
	for i, one := range q.passages {
		if limit := d.inputTokens(); one.tokens > limit {
			return tooLongPassage(i, one.tokens, limit, d)
		}
	}
	if n := q.passageTokens(); n > maxRequestTokens {
		const code = "max_tokens_per_request"
		return &denial{http.StatusBadRequest, modelError(fmt.Sprintf("Requested %d tokens, max %d tokens per request", n, maxRequestTokens), code, "", code), nil}
	}
	return nil
}

func checkDimensions(p params, d Deployment) *denial {
	n := p.number("dimensions")
	switch most := d.dimensions(); {
	case !p.has("dimensions"):
		return nil
	case strings.Contains(d.Model, "ada-002"):
		return modelRefusal("This model does not support specifying dimensions.", "", "")
	case n < 1 || n != float64(int(n)):
		return modelRefusal(fmt.Sprintf("Invalid value for 'dimensions' = %s. Must be greater than 0.", p.fields["dimensions"]), "", "")
	case n > float64(most):
		return modelRefusal(fmt.Sprintf("Invalid value for 'dimensions' = %s. Must be less than or equal to %d.", p.fields["dimensions"], most), "", "")
	}
	return nil
}

// tooLongPassage refuses the passage number i, in today's words or in older ones
// that do not say which it is.
func tooLongPassage(i, n, limit int, d Deployment) *denial {
	if d.OldWording {
		return modelRefusal(fmt.Sprintf("This model's maximum context length is %d tokens, however you requested %d tokens"+
			" (%d in your prompt; 0 for the completion). Please reduce your prompt; or completion length.", limit, n, n), "", "")
	}
	return modelRefusal(fmt.Sprintf("Invalid 'input[%d]': maximum input length is %d tokens.", i, limit), "input", "")
}

// inputTokens is how long a passage may be.
func (d Deployment) inputTokens() int {
	if d.Context == 0 {
		return maxInputTokens
	}
	return d.Context
}

// dimensions are those of the model's vectors unless a request wants fewer.
func (d Deployment) dimensions() int {
	if strings.Contains(d.Model, "3-large") {
		return 3072
	}
	return 1536
}

// writing is how much of an answer is written at once.
const writing = 64 << 10

// writeVectors writes the answer while it is made. A twist that breaks it off
// does so within the vector after half of them.
func (e *Emulator) writeVectors(v *visit, r *http.Request, x exchange) {
	most := x.deployment.dimensions()
	format := bookFormat{most, x.params.text("encoding_format") == "base64"}
	if x.params.has("dimensions") {
		format.dimensions = int(x.params.number("dimensions"))
	}
	all := vectors{e.book(format), newSketcher(x.deployment.Model, most), make([]byte, 0, writing+16*format.dimensions)}
	v.Header()["Content-Type"] = []string{"application/json"}
	all.buf = append(all.buf, `{"object":"list","data":[`...)
	last := len(x.question.passages)
	if v.twist.half {
		last /= 2
	}
	for i, p := range x.question.passages[:last] {
		if all.add(i, p); len(all.buf) >= writing && !all.write(v, i+1) {
			return
		}
	}
	if v.twist.half {
		all.write(v, last)
		all.add(last, x.question.passages[last])
		v.Write(all.buf[:len(all.buf)/2])
		v.end(r)
		return
	}
	all.buf = fmt.Appendf(all.buf, `],"model":%s,"usage":{"prompt_tokens":%d,"total_tokens":%[2]d}}`+"\n", compact(x.deployment.Model), x.answer.prompt)
	if all.write(v, last) {
		v.finish()
	}
}

// vectors are the list of an answer in the making.
type vectors struct {
	book   *codebook
	sketch *sketcher
	buf    []byte
}

// add adds the vector number i.
func (a *vectors) add(i int, p passage) {
	if i > 0 {
		a.buf = append(a.buf, ',')
	}
	a.buf = append(a.buf, `{"object":"embedding","index":`...)
	a.buf = strconv.AppendInt(a.buf, int64(i), 10)
	open, shut := `,"embedding":"`, `"}`
	if a.book.comma {
		open, shut = `,"embedding":[`, `]}`
	}
	a.buf = append(a.buf, open...)
	a.buf = a.book.append(a.buf, a.sketch.sketch(p.text))
	a.buf = append(a.buf, shut...)
}

// write writes what was added, which makes n vectors in all.
func (a *vectors) write(v *visit, n int) bool {
	if _, err := v.Write(a.buf); err != nil {
		return false
	}
	a.buf = a.buf[:0]
	v.served.Sent = n
	return true
}
