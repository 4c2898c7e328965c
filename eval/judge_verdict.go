package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A choice is one of a judge's.
type choice struct {
	text  string // as it is written
	key   string // what it is compared by, see keyOf
	score float64
}

type choices []choice

// maxVerdict is how many bytes a line may have that is taken for a verdict.
const maxVerdict = 4096

// verdictKeys are the members of a structured reply that may have the verdict. The
// first of them that is there decides.
var verdictKeys = []string{"choice", "verdict", "score", "rating"}

const (
	leads  = `(?:(?:therefore|thus|hence|so|overall),? )?`
	labels = `(?:score|rating|verdict|choice|grade|answer|result|judge?ment|decision|overall)`
	rated  = `(?:it|this|the answer)`
)

// What may stand around a choice: a label, and the words of a short sentence. What they
// don't know makes a line no verdict: it may deny, doubt or compare, or tell of
// something else.
var (
	label    = regexp.MustCompile(`^(` + leads + `(?:(?:the|my|our|final|overall) )*` + labels + `)(?: \([0-9]+ ?(?:-|to) ?[0-9]+\))?(?: ?[:=：] ?| (?:is|-|—) )(.+)$`)
	sentence = regexp.MustCompile(`^(` + leads + `(?:(?:it's|` + rated + ` (?:is|gets|deserves|scores)|i(?: would|'d)? (?:rate|give|say)(?: ` + rated + `(?: is)?)?) )?(?:as )?(?:(?:an?|the) )?)(.+?)((?: (?:points?|stars?|overall))?(?: \([^()]*\))?)$`)
)

// A scale is choices and what a reply of many lines asks of them again and again.
type scale struct {
	all   choices
	at    map[string]int  // their indexes by key
	words map[string]bool // all that they have
	most  string          // see highest
}

func (all choices) scale() scale {
	s := scale{all, map[string]int{}, map[string]bool{}, all.highest()}
	for i, c := range all {
		s.at[c.key] = i
		for _, word := range words(c.key) {
			s.words[word] = true
		}
	}
	return s
}

// read finds the choice that the reply comes to. A structured reply is JSON or an error.
// Of any other the last line must be a verdict, and no line before it another one. A
// reader that guesses would be wrong sometimes, and nobody would notice.
func (all choices) read(reply string) (choice, error) {
	s := all.scale()
	reply = strings.TrimSpace(strings.ReplaceAll(reply, "\r", "\n"))
	if text, ok := structured(reply); ok {
		return s.inObject(text)
	}
	line, before := lastLine(reply)
	i := s.verdict(line, true)
	switch {
	case line == "":
		return choice{}, errors.New("the judge said nothing")
	case i < 0:
		return choice{}, s.none(line)
	}
	for other := range strings.SplitSeq(before, "\n") {
		if j := s.verdict(other, false); j >= 0 && j != i {
			return choice{}, fmt.Errorf("the judge ends with several of the choices (%s, %s): %s and %s", all[j].text, all[i].text, shown(other), shown(line))
		}
	}
	return all[i], nil
}

// none is the error of a text that is no verdict.
func (s scale) none(text string) error {
	const most = 10
	var names []string
	for _, c := range s.all[:min(len(s.all), most)] {
		names = append(names, c.text)
	}
	if more := len(s.all) - most; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return fmt.Errorf("the judge ends with none of the choices (%s): %s", strings.Join(names, ", "), shown(text))
}

// index is that of the choice with the key, or -1.
func (all choices) index(key string) int {
	return slices.IndexFunc(all, func(c choice) bool { return c.key == key })
}

// highest is the greatest choice that is a whole number, of which a judge says that
// an answer has "4 out of 5"; "" if there is none.
func (all choices) highest() (most string) {
	for _, c := range all {
		if strings.Trim(c.key, "0123456789") == "" && (len(c.key) > len(most) || len(c.key) == len(most) && c.key > most) {
			most = c.key
		}
	}
	return most
}

// structured is the JSON that the reply is, or what its last fence begins, which may
// lack an end.
func structured(reply string) (text string, ok bool) {
	if strings.HasPrefix(reply, "{") {
		return reply, true
	}
	body := strings.TrimSuffix("\n"+reply, "\n```")
	at := strings.LastIndex(body, "\n```")
	if at < 0 {
		return "", false
	}
	info, text, _ := strings.Cut(body[at+len("\n```"):], "\n")
	text = strings.TrimSpace(text)
	return text, strings.HasPrefix(text, "{") || strings.HasPrefix(strings.ToLower(strings.TrimSpace(info)), "json")
}

// inObject is the choice that a member of the JSON object has as its value.
func (s scale) inObject(text string) (choice, error) {
	members := membersOf(text)
	has := slices.IndexFunc(verdictKeys, func(name string) bool { _, ok := members[name]; return ok })
	if has < 0 {
		return choice{}, s.none(text)
	}
	switch v := members[verdictKeys[has]].(type) {
	case string, json.Number, bool:
		if i := s.equal(keyOf(textOf(v))); i >= 0 {
			return s.all[i], nil
		}
	}
	return choice{}, s.none(text)
}

// membersOf are the members of the one object that text is, by their names in lower
// case; nil if it is none, or has a name twice.
func membersOf(text string) map[string]any {
	if json.Unmarshal([]byte(text), &map[string]any{}) != nil {
		return nil
	}
	members := map[string]any{}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	for _, err := d.Token(); err == nil && d.More(); {
		name, _ := d.Token()
		key, v := strings.ToLower(fmt.Sprint(name)), any(nil)
		if _, twice := members[key]; twice {
			return nil
		}
		err = d.Decode(&v)
		members[key] = v
	}
	return members
}

// lastLine is the last line of text that has more than layout, and what is before it.
func lastLine(text string) (line, before string) {
	for text != "" && line == "" {
		at := max(strings.LastIndex(text, "\n"), 0)
		line, text = strings.TrimSpace(text[at:]), text[:at]
		if len(line) <= maxVerdict && keyOf(line) == "" {
			line = ""
		}
	}
	return line, text
}

// verdict is the index of the choice that the line comes to, or -1. In a sentence it
// counts only where sentences do, or behind a label.
func (s scale) verdict(line string, sentences bool) int {
	if len(line) > maxVerdict {
		return -1
	}
	text := keyOf(line)
	if i := s.equal(text); i >= 0 {
		return i
	}
	if m := label.FindStringSubmatch(text); m != nil && !s.mentioned(m[1]) {
		text, sentences = keyOf(m[2]), true
		if i := s.equal(text); i >= 0 {
			return i
		}
	}
	if !sentences {
		return -1
	}
	if m := sentence.FindStringSubmatch(text); m != nil && !s.mentioned(m[1]+m[3]) {
		return s.equal(keyOf(m[2]))
	}
	return -1
}

// mentioned reports whether text has a word that one of the choices has, too.
func (s scale) mentioned(text string) bool {
	return slices.ContainsFunc(words(text), func(word string) bool { return s.words[word] })
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
}

// equal is the index of the choice that has the key, perhaps as "4/5" for 4, or -1.
func (s scale) equal(key string) int {
	if i, ok := s.at[key]; ok {
		return i
	}
	if parts := fraction.FindStringSubmatch(key); parts != nil && keyOf(parts[2]) == s.most {
		if i, ok := s.at[keyOf(parts[1])]; ok {
			return i
		}
	}
	return -1
}

var (
	signs    = strings.NewReplacer("\u2212", "-", "–", "-", "’", "'")
	thoughts = regexp.MustCompile(`^(?:(?:<s[01]>)?[^<]*</s[01]> ?)*<s2>`)
	tags     = regexp.MustCompile(`</?(?:s2|` + labels + `)>`)
	emphasis = regexp.MustCompile("\\B[*`]+|[*`]+\\B")
	sign     = regexp.MustCompile(`([-+]) ([0-9])`) // before a number it is no bullet
	bullet   = regexp.MustCompile(`^(?:#+|[-+•]) `)
	zeros    = regexp.MustCompile(`^(-?)0*([0-9]+?)(?:\.0+|(\.[0-9]*[1-9])0*)?$`)
	fraction = regexp.MustCompile(`^(-?[0-9.]+)(?: ?/ ?| (?:out )?of )([0-9.]+)$`)
	around   = [][2]string{{`"`, `"`}, {"'", "'"}, {"“", "”"}, {"„", "“"}, {"‘", "'"}, {"«", "»"}, {"(", ")"}, {"[", "]"}, {"_", "_"}, {`\boxed{`, "}"}}
)

// keyOf is what is left of a line without what is only layout: Markdown's signs for
// emphasis, lists and headings, tags that say that a score is in them, quotes, brackets
// and the sign at the end. Case and the zeros of a number do not count.
func keyOf(line string) string {
	line = strings.Join(strings.Fields(signs.Replace(strings.ToLower(line))), " ")
	line = tags.ReplaceAllString(thoughts.ReplaceAllString(line, ""), " ")
	line = strings.Join(strings.Fields(emphasis.ReplaceAllString(line, "")), " ")
	line = sign.ReplaceAllString(line, "$1$2")
	if len(line) > 2 && strings.Trim(line, "-=_ ") == "" {
		return "" // Markdown's line across the page
	}
	for before, layers := "", 8; line != before && layers > 0; layers-- {
		before = line
		line = strings.TrimSpace(strings.TrimRight(bullet.ReplaceAllString(line, ""), ".,;!"))
		for _, pair := range around {
			inside, opened := strings.CutPrefix(line, pair[0])
			if inside, closed := strings.CutSuffix(inside, pair[1]); opened && closed {
				line = strings.TrimSpace(inside)
			}
		}
	}
	return zeros.ReplaceAllString(line, "$1$2$3")
}
