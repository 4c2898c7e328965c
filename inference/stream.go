package inference

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/openai/openai-go/v3/packages/ssestream"

	"github.com/keyless-inference/action/wire"
)

// An exchange is one API of the library as an attempt uses it: the call for an
// answer in one piece, the call for a stream, and how to read either.
type exchange[Piece, Event any] struct {
	whole     func() (*Piece, error)
	stream    func() *ssestream.Stream[Event]
	takeWhole func(*Piece) error
	takeEvent func(Event) error
}

func (x exchange[Piece, Event]) run(a *attempt) error {
	if a.q.Whole {
		piece, err := x.whole()
		if err != nil {
			return a.fault(err)
		}
		return x.takeWhole(piece)
	}
	err := collect(a, x.stream(), x.takeEvent)
	if a.unstreamed == nil {
		return err
	}
	piece := new(Piece)
	if err := json.Unmarshal(a.unstreamed, piece); err != nil {
		return &unreadable{a.c.secrets.CutError(err)}
	}
	return x.takeWhole(piece)
}

// noAnswer is what raw, a successful answer without any content, amounts to: an
// error that came with the status of a success, or something unreadable.
func (a *attempt) noAnswer(raw string) error {
	if e := parseStreamError(a.header, []byte(raw)); e.Message != "" {
		return classify(e)
	}
	return &unreadable{errors.New("there is no answer in " + raw)}
}

// A guard is the body of a successful answer. It fails beyond the limit, marks
// faults as passing, and pushes the silence timer on with every byte.
type guard struct {
	a    *attempt
	body io.ReadCloser
	left int64
}

var errTooLong = fmt.Errorf("the answer is longer than the %d MiB that are accepted", answerLimit>>20)

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.body.Read(p)
	if g.left -= int64(n); g.left < 0 {
		g.a.err = errTooLong
		return 0, errTooLong
	}
	if n > 0 {
		g.a.heard()
	}
	if err != nil && err != io.EOF {
		g.a.err = wire.Fault(g.a.c.secrets.CutError(err))
	}
	return n, err
}

func (g *guard) Close() error { return g.body.Close() }

// heard puts the silence timer off.
func (a *attempt) heard() {
	if a.silence != nil {
		a.silence.Reset(a.limit())
	}
}

// collect reads a stream to its end, giving each event to take.
func collect[T any](a *attempt, stream *ssestream.Stream[T], take func(T) error) error {
	defer stream.Close()
	for stream.Next() {
		if err := take(stream.Current()); err != nil {
			return err
		}
	}
	return a.ended(stream.Err())
}

// ended judges the end of a stream. An answer that has its finish reason is
// whole, whatever happened to the rest: asking again would be paid for again.
func (a *attempt) ended(err error) error {
	var inside *ssestream.StreamError
	switch {
	case a.finish != "":
		return nil
	case errors.As(err, &inside):
		return classify(parseStreamError(a.header, inside.Event.Data))
	case err != nil:
		return a.fault(err)
	}
	return &wire.Passing{Err: errors.New("the stream ended before the answer was complete")}
}

// fault is the classified form of an error that the library returned.
func (a *attempt) fault(err error) error {
	switch {
	case err == nil:
		return nil
	case a.ctx.Err() != nil:
		return context.Cause(a.ctx)
	case a.err != nil:
		return a.err
	case errors.Is(err, bufio.ErrTooLong):
		return errTooLong
	}
	return &unreadable{a.c.secrets.CutError(err)}
}

// unreadable is an answer that is not what the API promises.
type unreadable struct{ err error }

func (u *unreadable) Error() string {
	return "the answer could not be read: " + wire.Line(u.err.Error(), 300)
}
func (u *unreadable) Unwrap() error { return u.err }
