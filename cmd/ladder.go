package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/keyless-inference/action/actions"
	"github.com/keyless-inference/action/sink"
)

// A ladder is what of an answer fits into the outputs of a step. The file alone
// is whole whatever the length.
type ladder struct {
	response  string
	truncated bool
	json      string
	fields    []field // the answer's properties
	leftOut   []string
}

// A field is an output that an answer's property became.
type field struct{ name, value string }

// maxOutputs is what all of them take together, in UTF-16 units: the runner
// accepts about 1 MB of outputs a job, counted in UTF-16.
// https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax#outputs-for-docker-container-and-javascript-actions
const maxOutputs = 450_000

const cutHere = "\n\n[The answer goes on: the whole is in the file that the output response-file names.]\n"

// newLadder gives the response what it needs; then each property, and then the
// whole JSON, if it is any, what is left, or nothing: half a value is none. A
// response that has to be cut comes last instead, since half of a JSON text is
// the least useful part of it.
func newLadder(response string, isJSON bool, properties []field) (l ladder) {
	room := room{left: maxOutputs}
	l.response, l.truncated = response, sink.Units(response) > maxOutputs
	if !l.truncated {
		room.left -= sink.Units(response)
	}
	for _, f := range properties {
		if room.take(f) {
			l.fields = append(l.fields, f)
		}
	}
	if isJSON && room.take(field{"json", response}) {
		l.json = strings.TrimSpace(response)
	}
	if l.truncated {
		head, _ := sink.Cut(response, room.left-sink.Units(cutHere))
		l.response = head + cutHere
	}
	l.leftOut = room.leftOut
	return l
}

// A room is what is left of [maxOutputs].
type room struct {
	left    int
	leftOut []string // the names of what found none
}

// take reports whether there is room for the output, and takes it.
func (r *room) take(f field) bool {
	n := sink.Units(f.value) + len(f.name) + overhead
	if n > r.left {
		r.leftOut = append(r.leftOut, f.name)
		return false
	}
	r.left -= n
	return true
}

// missing names what found no room, as far as a line holds it; "" for none.
func (r *room) missing() string {
	const most = 10
	names := strings.Join(r.leftOut[:min(most, len(r.leftOut))], ", ")
	if more := len(r.leftOut) - most; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return names
}

// overhead is what an output takes beside name and value, amply counted.
const overhead = 100

// fields are the properties of the JSON object text, strings as they are and
// everything else as JSON. Of a name that is there twice the last value counts, as
// it did when the answer was checked. Their names are made safe, and none can take
// the place of an output of ours, nor of a property that the schema declares.
func fields(text string, declared []string) (all []field) {
	names, values := properties(text)
	taken := map[string]int{}
	for _, o := range Actions()[0].Outputs {
		taken[o.Name] = 1
	}
	isDeclared := map[string]bool{}
	for _, name := range declared {
		isDeclared[name] = outputName(name) == name
	}
	for _, first := range []bool{true, false} {
		for _, name := range names {
			if isDeclared[name] == first {
				all = append(all, field{freeName(outputName(name), taken), plainValue(values[name])})
			}
		}
	}
	return all
}

// properties are those of a JSON object, in order; none of anything else.
func properties(text string) (names []string, values map[string]json.RawMessage) {
	values = map[string]json.RawMessage{}
	d := json.NewDecoder(strings.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, nil
	}
	for d.More() {
		token, err := d.Token()
		var raw json.RawMessage
		if err != nil || d.Decode(&raw) != nil {
			break
		}
		name := fmt.Sprint(token)
		if _, again := values[name]; !again {
			names = append(names, name)
		}
		values[name] = raw
	}
	return names, values
}

// outputName is name as the name of an output.
func outputName(name string) string {
	name = strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c < 0x80 && (c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9') {
			return c
		}
		return '-'
	}, name[:min(len(name), 100)])
	if name == "" || name[0] == '-' || name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name
}

// freeName is name, or if that is taken one that begins with "answer-" and is
// not. taken counts how often a name was asked for. GitHub's expressions do not
// tell upper from lower case.
func freeName(name string, taken map[string]int) string {
	free := name
	for tries := taken[strings.ToLower(name)]; taken[strings.ToLower(free)] > 0; tries++ {
		free = "answer-" + name
		if tries > 1 {
			free += fmt.Sprint("-", tries)
		}
		taken[strings.ToLower(name)] = tries + 1
	}
	taken[strings.ToLower(free)]++
	return free
}

// plainValue is a JSON value as an output: a string's text, nothing for null, and
// JSON on one line for everything else.
func plainValue(raw json.RawMessage) string {
	var text *string
	if json.Unmarshal(raw, &text) == nil {
		if text == nil {
			return ""
		}
		return *text
	}
	var line bytes.Buffer
	if json.Compact(&line, raw) != nil {
		return string(raw)
	}
	return line.String()
}

// remark warns of what did not fit.
func (l ladder) remark(runner *actions.Runner, path string) {
	if l.truncated {
		runner.Warningf("the answer is longer than an output can be: response holds its beginning, %s the whole", path)
	}
	if names := (&room{leftOut: l.leftOut}).missing(); names != "" {
		runner.Warningf("not all of the answer fits into the step's outputs: %s were left out, %s holds the whole", names, path)
	}
}
