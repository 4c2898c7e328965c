package wire

import (
	"slices"
	"strings"
	"sync"
)

// Secrets are words that must not be seen in any text, whatever they look like:
// tokens that a server might echo without the look that [Redact] knows. The
// zero value is none. It is safe for concurrent use and must not be copied.
type Secrets struct {
	mu    sync.RWMutex
	words []string
}

// ShortestSecret is the length below which a word is none: cutting out "1" or
// "true" would tell nothing and spoil every text.
const ShortestSecret = 8

// Add takes up a word, in its own spelling and in those that JSON encoders give
// it. A word shorter than [ShortestSecret] is not taken.
func (s *Secrets) Add(word string) {
	if len(word) < ShortestSecret {
		return
	}
	if s.has(word) { // a token is added with every request that carries it
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, slash := range []string{"/", `\/`} {
		for _, plus := range []string{"+", `\u002B`, `\u002b`} {
			spelling := strings.NewReplacer("/", slash, "+", plus).Replace(word)
			if !slices.Contains(s.words, spelling) {
				s.words = append(s.words, spelling)
			}
		}
	}
}

func (s *Secrets) has(word string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Contains(s.words, word)
}

// Cut returns text with every secret replaced by "[secret]" and everything that
// looks like a token by "[token]": for errors and logs.
func (s *Secrets) Cut(text string) string { return Redact(s.CutWords(text)) }

// CutWords is Cut without the looks: for an answer, in which somebody's example
// of a token is a part of the text.
func (s *Secrets) CutWords(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, word := range s.words {
		text = strings.ReplaceAll(text, word, "[secret]")
	}
	return text
}

// CutError returns err with its text cut and its chain kept for errors.Is and
// errors.As. The parts of a [Problem] are cut one by one.
func (s *Secrets) CutError(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := s.Cut(text)
	if clean == text {
		return err
	}
	if p, ok := err.(*Problem); ok {
		return &Problem{What: s.Cut(p.What), Why: s.Cut(p.Why), Fix: s.Cut(p.Fix), Code: s.Cut(p.Code), Page: p.Page, Err: p.Err}
	}
	return &redacted{clean, err}
}
