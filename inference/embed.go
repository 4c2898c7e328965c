package inference

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/openai/openai-go/v3"

	"github.com/keyless-inference/action/wire"
)

// Embeddings is the api of [Client.Embed], as [ProbeRequest] and the table of
// refusals name it.
const Embeddings = "embeddings"

// EmbedVersion is the api-version of [Client.Embed] when [Client.APIVersion] is
// "": /openai/v1/embeddings is documented to refuse Entra tokens.
// See https://learn.microsoft.com/azure/ai-foundry/openai/how-to/embeddings.
const EmbedVersion = "2024-10-21"

// MostInputs is how many texts one request may hold. The service also bounds
// the tokens: 8,192 of one text and 300,000 of all together.
const MostInputs = 2048

// embedLimit bounds the bytes of one answer, which is read without being kept:
// 2,048 vectors of 3,072 dimensions as numbers, for a gateway that ignores that
// base64 is asked for.
const embedLimit = 256 << 20

// An EmbedRequest asks one deployment for the vectors of texts.
type EmbedRequest struct {
	Deployment string
	Inputs     []string // 1 to [MostInputs] texts, none of them empty
	Dimensions int64    // of each vector; 0: the model's own
	Tokens     int64    // about how many the inputs have, for pacing; 0: a quarter of their characters
	Began      func()   // told when the first turn has come; nil: nobody
}

// Embedded is what an embeddings request took. Beside an error it holds what is
// known.
type Embedded struct {
	Model     string // as served
	RequestID string // of the last attempt, for Azure's support
	Usage     Usage  // summed over the attempts that reported it
	Attempts  int    // HTTP requests sent
	Total     time.Duration
}

// A TooLongError is the refusal of an input that is longer than the model takes.
type TooLongError struct {
	Index int // of the input; -1: the service does not say which
	Err   error
}

func (e *TooLongError) Error() string { return e.Err.Error() }
func (e *TooLongError) Unwrap() error { return e.Err }

// A TooManyTokensError is the refusal of inputs that together are more than one
// request takes.
type TooManyTokensError struct{ Err error }

func (e *TooManyTokensError) Error() string { return e.Err.Error() }
func (e *TooManyTokensError) Unwrap() error { return e.Err }

// Check reports every mistake in q, joined. [Client.Embed] begins with it.
func (q EmbedRequest) Check() error {
	mistakes := []error{checkDeployment(q.Deployment)}
	if n := len(q.Inputs); n < 1 || n > MostInputs {
		mistakes = append(mistakes, fmt.Errorf("%d inputs are none or too many for one request: it takes 1 to %d", n, MostInputs))
	}
	if i := slices.Index(q.Inputs, ""); i >= 0 {
		mistakes = append(mistakes, fmt.Errorf("input %d is empty, and has no vector", i))
	}
	if q.Dimensions < 0 {
		mistakes = append(mistakes, errors.New("dimensions must be at least 1"))
	}
	return errors.Join(mistakes...)
}

func (q EmbedRequest) estimate() (n int64) {
	if q.Tokens > 0 {
		return q.Tokens
	}
	for _, text := range q.Inputs {
		n += int64(utf8.RuneCountInString(text)+3) / 4
	}
	return n
}

// Embed asks for the vectors of q's inputs and calls each with them as they
// arrive: in any order, at most once an index, with a vector that is valid
// during the call alone. What has arrived when a connection breaks is not asked
// for again. An error of each ends Embed and is returned as it is.
//
// Mistakes in q are returned joined, before anything is sent. What the service
// refuses is a [wire.Problem] as for Ask; it holds a [TooLongError] or a
// [TooManyTokensError] where that is the reason.
func (c *Client) Embed(ctx context.Context, q EmbedRequest, each func(index int, vector []float32) error) (Embedded, error) {
	where, err := c.check(q.Check())
	if err != nil {
		return Embedded{}, err
	}
	t := &embedding{q: q, each: each, dimensions: q.Dimensions, missing: make([]int, len(q.Inputs)), errand: errand{
		c: c, place: where, api: Embeddings, deployment: q.Deployment, doing: "embedding with " + wire.Line(q.Deployment, 100),
		pacing: c.pacing(q.Deployment, q.estimate()), began: q.Began,
	}}
	for i := range t.missing {
		t.missing[i] = i
	}
	t.kept = t.have
	err = t.do(ctx, func(ctx context.Context) error { return t.repeat(ctx, t.once) })
	t.got.Attempts, t.got.Total = t.sent, time.Since(t.start)
	return t.got, err
}

// An embedding is the errand of Embed.
type embedding struct {
	errand
	q          EmbedRequest
	each       func(int, []float32) error
	missing    []int // indices of the inputs whose vectors have not arrived
	dimensions int64 // of every vector; 0: none has arrived
	got        Embedded
}

// have says how much has arrived.
func (t *embedding) have() string {
	if n := len(t.q.Inputs) - len(t.missing); n > 0 {
		return fmt.Sprintf("%d of the %d vectors had arrived", n, len(t.q.Inputs))
	}
	return ""
}

// once asks for what is missing.
func (t *embedding) once(ctx context.Context) error {
	k := &call{json: true, most: embedLimit}
	a := &vectors{asked: t.missing, seen: make([]bool, len(t.missing)), take: t.take}
	err := t.request(ctx, k, func() error {
		err := t.exchange(k, a)
		k.tokens = a.usage.Total
		return err
	})
	t.missing = a.missing()
	t.got.Usage.Add(a.usage)
	if a.model != "" {
		t.got.Model = wire.Line(t.c.tokens.CutWords(a.model), 200)
	}
	if !k.sent.IsZero() {
		t.got.RequestID = cmp.Or(k.requestID(), t.got.RequestID)
	}
	if len(t.missing) == 0 && !errors.As(err, new(*unreadable)) {
		return nil // all are here, whatever became of the rest of the answer
	}
	return t.length(err)
}

func (t *embedding) exchange(k *call, a *vectors) error {
	params := openai.EmbeddingNewParams{
		Model:          t.q.Deployment,
		EncodingFormat: openai.EmbeddingNewParamsEncodingFormatBase64,
	}
	for _, i := range a.asked {
		params.Input.OfArrayOfStrings = append(params.Input.OfArrayOfStrings, t.q.Inputs[i])
	}
	if t.q.Dimensions > 0 {
		params.Dimensions = openai.Int(t.q.Dimensions)
	}
	path := route(cmp.Or(t.c.APIVersion, EmbedVersion), t.q.Deployment, Embeddings)
	res, err := k.open(http.MethodPost, path, params)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	k.talking.Store(true)
	return t.judge(k, a, a.read(res.Body))
}

// judge says what the end of reading an answer means.
func (t *embedding) judge(k *call, a *vectors, err error) error {
	switch {
	case errors.As(err, new(foreign)):
		return err
	case a.failure != nil:
		return k.failure(a.failure)
	case k.err == nil && k.ctx.Err() == nil && (err == nil || errors.Is(err, errCut)):
		if left := len(a.missing()); left > 0 {
			return &wire.Passing{Err: fmt.Errorf("the answer ended without %d of %d vectors", left, len(a.asked))}
		}
		return nil
	}
	return k.fault(err)
}

// take hands a vector on.
func (t *embedding) take(index int, vector []float32) error {
	if t.dimensions == 0 {
		t.dimensions = int64(len(vector))
	}
	if n := int64(len(vector)); n != t.dimensions || n == 0 {
		return fmt.Errorf("the vector of input %d has %d dimensions, not %d", index, n, t.dimensions)
	}
	if err := t.each(index, vector); err != nil {
		return foreign{err}
	}
	return nil
}

var (
	inputWord  = regexp.MustCompile(`input\[(\d{1,4})\]`)
	lengthWord = regexp.MustCompile(`(?i)maximum (input|context) length`)
)

// length marks a refusal that is about how long the inputs are. The service
// counts those of the request, which may be the rest of what was asked.
func (t *embedding) length(err error) error {
	var e *ServiceError
	switch {
	case !errors.As(err, &e) || e.Status != http.StatusBadRequest:
		return err
	case e.Code == manyTokens || e.Type == manyTokens:
		return &TooManyTokensError{err}
	case e.Code != "context_length_exceeded" && !lengthWord.MatchString(e.Message):
		return err
	}
	at := -1
	if m := inputWord.FindStringSubmatch(e.Param + " " + e.Message); m != nil {
		at, _ = strconv.Atoi(m[1])
	} else if len(t.missing) == 1 {
		at = 0
	}
	if at < 0 || at >= len(t.missing) {
		return &TooLongError{-1, err}
	}
	return &TooLongError{t.missing[at], err}
}

// manyTokens is the code of the refusal of more tokens than a request takes.
const manyTokens = "max_tokens_per_request"
