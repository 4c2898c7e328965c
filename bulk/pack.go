package bulk

import (
	"fmt"

	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/vector"
)

// What the inputs of one request may have.
// https://learn.microsoft.com/azure/ai-foundry/openai/how-to/embeddings
const (
	mostTokens  = 300_000 // all together
	longestText = 8192
)

// packsAMinute is how many requests the tokens of a minute are at least spread over.
const packsAMinute = 8

// A unit is a text, or a chunk of one, that needs its vector.
type unit struct {
	row    vector.Row // without the vector
	text   string
	key    string // of the text, by which the cache knows it
	tokens int64
}

// A pack is units that one request asks for.
type pack struct {
	units  []unit
	tokens int64
	bytes  int64
}

func (p *pack) add(u unit) {
	p.units = append(p.units, u)
	p.tokens += u.tokens
	p.bytes += int64(len(u.text))
}

// holds reports whether u fits in, where there is room for so many tokens.
func (p *pack) holds(u unit, room int64) bool {
	return len(p.units) == 0 || len(p.units) < inference.MostInputs && p.tokens+u.tokens <= room
}

// inputs are the different texts of the pack, and the units of each.
func (p pack) inputs() (inputs []string, of [][]unit) {
	at := map[string]int{}
	for _, u := range p.units {
		i, ok := at[u.key]
		if !ok {
			i = len(inputs)
			at[u.key] = i
			inputs, of = append(inputs, u.text), append(of, nil)
		}
		of[i] = append(of[i], u)
	}
	return inputs, of
}

// split tells the units whose vector has not arrived from those whose has.
func (p pack) split(inputs []string, arrived []bool) (rest pack, done int) {
	known := map[string]bool{}
	for i, text := range inputs {
		known[vector.Key(text)] = arrived[i]
	}
	for _, u := range p.units {
		if known[u.key] {
			done++
		} else {
			rest.add(u)
		}
	}
	return rest, done
}

// without parts the units of one input from the others.
func without(p pack, input int) []pack {
	inputs, _ := p.inputs()
	if input >= len(inputs) {
		return halves(p)
	}
	var rest, alone pack
	for _, u := range p.units {
		if u.text == inputs[input] {
			alone.add(u)
		} else {
			rest.add(u)
		}
	}
	if len(rest.units) == 0 {
		return halves(p)
	}
	return []pack{rest, alone}
}

func halves(p pack) []pack {
	var a, b pack
	for i, u := range p.units {
		if i < len(p.units)/2 {
			a.add(u)
		} else {
			b.add(u)
		}
	}
	return []pack{a, b}
}

// name is how the request for a pack is called: by its first text.
func (p pack) name() string {
	first := p.units[0].row
	if first.Chunk == 0 {
		return first.ID
	}
	return fmt.Sprintf("%s:%d", first.ID, first.Chunk)
}

// named is err with the text that it is about, if it is about one.
func (p pack) named(err error) error {
	if len(p.units) != 1 {
		return err
	}
	return fmt.Errorf("the text %s: %w", p.units[0].row.ID, err)
}
