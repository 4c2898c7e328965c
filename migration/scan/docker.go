package scan

import (
	"bytes"
	"strings"
)

// docker looks at the instructions of a Dockerfile: ARG and ENV leave a key in
// the image or its history, RUN is a script.
func docker(t *text) {
	for i := 0; i < len(t.data); {
		start, end := i, instructionEnd(t.data, i)
		i = end + 1
		line := bytes.TrimLeft(t.data[start:end], " \t")
		from := end - len(line)
		word, _, _ := bytes.Cut(line, []byte(" "))
		rest := min(end, from+len(word)+1)
		switch strings.ToUpper(string(word)) {
		case "ARG", "ENV":
			t.baked(rest, end)
		case "RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK":
			t.within("script.sh", rest, end)
		}
	}
}

// instructionEnd is where the instruction at i ends: with its line, unless a \
// makes the next one a part of it. Comments between are parts too.
func instructionEnd(data []byte, i int) int {
	for {
		end := i + lineLength(data[i:])
		line := bytes.TrimSpace(data[i:end])
		more := bytes.HasSuffix(line, []byte{'\\'}) && line[0] != '#'
		if !more || end >= len(data) {
			return end
		}
		for i = end + 1; i < len(data); { // a comment doesn't end it
			next := i + lineLength(data[i:])
			if !bytes.HasPrefix(bytes.TrimSpace(data[i:next]), []byte("#")) {
				break
			}
			i = min(next+1, len(data))
		}
	}
}

// baked looks at the variables that data[start:end] gives a value: NAME=value,
// NAME value, NAME.
func (t *text) baked(start, end int) {
	for _, n := range t.keyNames(start, end) {
		before := byte(' ')
		if n.start > start {
			before = t.data[n.start-1]
		}
		if !blankByte(before) {
			continue
		}
		i, stop := lineValue(t.data, min(n.end+1, end), min(end, n.end+lineLength(t.data[n.end:min(len(t.data), n.end+nearby)])))
		value := string(t.data[i:stop])
		if n.end < end && t.data[n.end] == '=' {
			value = firstWord(value)
		}
		switch low := strings.ToLower(value); {
		case notWanted(low), refers(value) && foreign(value):
		case !placeholder(value) && keyLike(value):
			t.report(Match{Rule: "KL405", Start: n.start, End: n.end, What: n.text, Key: NewKey(value)})
		default:
			t.add("KL503", n.start, n.end, n.text)
		}
	}
}

func blankByte(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// firstWord is a text up to its first space.
func firstWord(s string) string {
	s, _, _ = strings.Cut(s, " ")
	return strings.TrimSuffix(s, "\\")
}
