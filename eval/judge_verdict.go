package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A choice is one of a judge's.
type choice struct {
	text  string // as it is written
	key   string // what it is compared by, see keyOf
	score float64
}

type choices []choice

// maxVerdict is how many bytes a line may have that a verdict is looked for in.
const maxVerdict = 4096

// verdictKeys are the members of a structured answer that may have the verdict.
var verdictKeys = []string{"choice", "verdict", "score", "rating", "answer", "result"}

// read finds the choice that the reply comes to. A structured answer is the reply, or
// the fenced block that it ends with; else its last line counts.
func (all choices) read(reply string) (choice, error) {
	found := all.inObject(reply)
	if len(found) == 0 {
		found = all.inObject(lastBlock(reply))
	}
	line := lastLine(reply)
	if len(found) == 0 {
		found = all.inLine(line)
	}
	switch {
	case len(found) == 1:
		return all[found[0]], nil
	case line == "":
		return choice{}, errors.New("the judge said nothing")
	case len(found) == 0:
		return choice{}, fmt.Errorf("the judge ends with none of the choices (%s): %s", all.names(nil), shown(line))
	}
	return choice{}, fmt.Errorf("the judge ends with several of the choices (%s): %s", all.names(found), shown(line))
}

// names lists the choices of the indexes for an error; nil is all.
func (all choices) names(of []int) string {
	var names []string
	for i, c := range all {
		if of == nil || slices.Contains(of, i) {
			names = append(names, c.text)
		}
	}
	const most = 10
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("%d more", len(names)-most))
	}
	return strings.Join(names, ", ")
}

// index is that of the choice with the key, or -1.
func (all choices) index(key string) int {
	return slices.IndexFunc(all, func(c choice) bool { return c.key == key })
}

// inObject are the choices that the members of a JSON object have as their values.
func (all choices) inObject(text string) (found []int) {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(unfenced(text)), &members) != nil {
		return nil
	}
	for name, raw := range members {
		value := string(raw)
		_ = json.Unmarshal(raw, &value) // what is no text stays as it is written
		if slices.Contains(verdictKeys, strings.ToLower(name)) && len(value) <= maxVerdict {
			found = append(found, all.equal(keyOf(value))...)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// lastBlock is the fenced block that text ends with, its fences included; or "".
func lastBlock(text string) string {
	text = strings.TrimSpace(text)
	head, closed := strings.CutSuffix(text, "```")
	if at := strings.LastIndex(head, "```"); closed && at >= 0 {
		return text[at:]
	}
	return ""
}

// lastLine is the last line of text that has more than layout.
func lastLine(text string) string {
	for text != "" {
		at := strings.LastIndexAny(text, "\r\n") + 1
		if line := text[at:]; len(line) > maxVerdict || keyOf(line) != "" && !isRule(line) {
			return line
		}
		text = text[:max(at-1, 0)]
	}
	return ""
}

// isRule reports whether Markdown draws the line as one.
func isRule(line string) bool { return len(line) > 2 && strings.Trim(line, "-=_* \t") == "" }

var (
	tag      = regexp.MustCompile(`</?[A-Za-z][A-Za-z0-9_-]{0,30}>`)
	emphasis = strings.NewReplacer("*", "", "`", "", "~~", "", "\u2212", "-")
	bullet   = regexp.MustCompile(`^(?:[-•>+]\s|#+\s)+`)
	decimal  = regexp.MustCompile(`[0-9]+(?:\.[0-9]+)?`)
	fraction = regexp.MustCompile(`([0-9.]+)\s*(?:/|(?:out\s+)?of\b)\s*([0-9.]+)`)
	negation = regexp.MustCompile(`(?:\b(?:not|never|no|hardly|cannot|without)|n['’]t)\s+(?:\pL+\s+){0,5}$`)
)

// keyOf is what is left of a line without what is only layout: Markdown's signs for
// emphasis, lists and headings, tags, quotes, brackets and the sign at the end. Case
// and the zeros of a number do not count.
func keyOf(line string) string {
	line = emphasis.Replace(tag.ReplaceAllString(line, " "))
	for before := ""; before != line; {
		before = line
		line = strings.TrimFunc(line, func(r rune) bool {
			return unicode.IsSpace(r) || strings.ContainsRune("\"'“”„‘’«»()[]{}.,;:!?|_", r)
		})
		line = bullet.ReplaceAllString(line, "")
	}
	line = strings.Join(strings.Fields(strings.ToLower(line)), " ")
	return decimal.ReplaceAllStringFunc(line, plainNumber)
}

// plainNumber is the number without zeros that say nothing.
func plainNumber(digits string) string {
	if strings.Contains(digits, ".") {
		digits = strings.TrimSuffix(strings.TrimRight(digits, "0"), ".")
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" || digits[0] == '.' {
		digits = "0" + digits
	}
	return digits
}

// inLine are the choices that the line comes to: the one that is all of it, or all
// that follows its last label, or else those that occur in it as words.
func (all choices) inLine(line string) []int {
	if len(line) > maxVerdict {
		return nil
	}
	line = keyOf(line)
	for _, part := range []string{line, afterLabel(line)} {
		if found := all.equal(part); found != nil {
			return found
		}
	}
	return all.within(line)
}

// equal is the choice that has the key, perhaps as "4/5" for 4.
func (all choices) equal(key string) []int {
	i := all.index(key)
	if parts := fraction.FindStringSubmatch(key); i < 0 && parts != nil && parts[0] == key && parts[2] == all.highest() {
		i = all.index(parts[1])
	}
	if i < 0 {
		return nil
	}
	return []int{i}
}

// highest is the greatest choice that is a whole number, of which a judge says that
// an answer has "4 out of 5"; "" if there is none.
func (all choices) highest() (most string) {
	for _, c := range all {
		if digits := decimal.FindString(c.key); digits == c.key && (len(digits) > len(most) || len(digits) == len(most) && digits > most) {
			most = digits
		}
	}
	return most
}

// afterLabel is what follows the last colon or equals sign of line, which is a key;
// "" if there is none. That of a time of day is none.
func afterLabel(line string) string {
	at := strings.LastIndexAny(line, ":=：")
	if at < 0 {
		return ""
	}
	_, size := utf8.DecodeRuneInString(line[at:])
	before, after := lastRune(line[:at]), firstRune(line[at+size:])
	if unicode.IsDigit(before) && unicode.IsDigit(after) {
		return ""
	}
	return keyOf(line[at+size:])
}

// A stretch is a part of a line, from an offset to another.
type stretch struct{ from, to int }

func (s stretch) inside(all []stretch) bool {
	return slices.ContainsFunc(all, func(o stretch) bool { return o.from <= s.from && s.to <= o.to })
}

// within are the choices that occur in line, a key, as whole words: not inside of a
// longer choice, not as a denominator, and before the first one that is denied, for a
// denial may go for all that follow ("not a 4 or a 5"). There are none where the choices
// are numbers and the line has another one, for then it may tell of something else ("2 of
// its 14 claims").
func (all choices) within(line string) (found []int) {
	order := make([]int, len(all))
	for i := range all {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(all[b].key) - len(all[a].key) })
	taken, end, places := all.denominators(line), len(line), map[int]int{}
	for _, i := range order {
		for _, s := range words(line, all[i].key) {
			if s.inside(taken) {
				continue
			}
			taken = append(taken, s)
			if _, again := places[i]; !again {
				places[i] = s.from
			}
			if negation.MatchString(line[max(0, s.from-100):s.from]) {
				end = min(end, s.from)
			}
		}
	}
	if all.highest() != "" && otherNumber(line, taken) {
		return nil
	}
	for i, from := range places {
		if from < end {
			found = append(found, i)
		}
	}
	slices.Sort(found)
	return found
}

// otherNumber reports whether line has a number by itself that is not in taken.
func otherNumber(line string, taken []stretch) bool {
	for _, at := range decimal.FindAllStringIndex(line, -1) {
		s := stretch{at[0], at[1]}
		if !s.inside(taken) && !joinedBefore(line[:s.from], '0') && !joinedAfter(line[s.to:], '0') {
			return true
		}
	}
	return false
}

// denominators are the parts of line that are one; where it is not the highest of the
// choices, as in 5/10 of 1 to 5, the judge had another scale and the whole fraction
// is none of them.
func (all choices) denominators(line string) (parts []stretch) {
	highest := all.highest()
	if highest == "" {
		return nil
	}
	for _, at := range fraction.FindAllStringSubmatchIndex(line, -1) {
		if line[at[4]:at[5]] == highest {
			parts = append(parts, stretch{at[3], at[1]})
		} else {
			parts = append(parts, stretch{at[0], at[1]})
		}
	}
	return parts
}

// words are the places of line where word stands by itself.
func words(line, word string) (all []stretch) {
	for from := 0; ; {
		at := strings.Index(line[from:], word)
		if at < 0 || word == "" {
			return all
		}
		s := stretch{from + at, from + at + len(word)}
		if !joinedBefore(line[:s.from], firstRune(word)) && !joinedAfter(line[s.to:], lastRune(word)) {
			all = append(all, s)
		}
		from = s.from + 1
	}
}

// joinedBefore reports whether a word that begins with first goes on to the left:
// 5 in 15, 1.5 and -5, "correct" in "half-correct".
func joinedBefore(before string, first rune) bool {
	r := lastRune(before)
	beyond := lastRune(strings.TrimSuffix(before, string(r)))
	switch {
	case isWord(r):
		return isWord(first)
	case strings.ContainsRune("-+", r) && unicode.IsDigit(first):
		return true
	case strings.ContainsRune("-'’_", r):
		return isWord(first) && isWord(beyond)
	}
	return strings.ContainsRune(".,:", r) && unicode.IsDigit(first) && (r == '.' || unicode.IsDigit(beyond))
}

// joinedAfter reports whether a word that ends with last goes on to the right: 5 in
// 5.5, 50, 5%, 5:30 and 5-star, "c" in "c++".
func joinedAfter(after string, last rune) bool {
	r, size := utf8.DecodeRuneInString(after)
	beyond := firstRune(after[size:])
	switch {
	case after == "":
		return false
	case isWord(r):
		return isWord(last)
	case strings.ContainsRune("-'’_", r):
		return isWord(last) && isWord(beyond)
	case r == '+':
		return isWord(last) && !isWord(beyond)
	case r == '%':
		return unicode.IsDigit(last)
	}
	return strings.ContainsRune(".,:", r) && unicode.IsDigit(last) && unicode.IsDigit(beyond)
}

// isWord reports whether words consist of such characters.
func isWord(r rune) bool { return unicode.In(r, unicode.Letter, unicode.Number, unicode.Mark) }

// firstRune is the first character of s, or 0.
func firstRune(s string) rune {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return 0
	}
	return r
}

// lastRune is the last character of s, or 0.
func lastRune(s string) rune {
	r, size := utf8.DecodeLastRuneInString(s)
	if size == 0 {
		return 0
	}
	return r
}
