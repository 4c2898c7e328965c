package sink

import (
	"fmt"
	"regexp"
	"strings"
)

// inURL reports whether what is at in.at may belong to a web address that began
// before it and becomes a link of itself, backticks and all.
func (in *inline) inURL() bool {
	if !in.urls {
		return false
	}
	const farthest = 300
	start := max(0, in.at-farthest)
	space := strings.LastIndexAny(in.line[start:in.at], " \t")
	word := in.line[start+space+1 : in.at]
	return space < 0 && start > 0 || hasURL(word)
}

func hasURL(text string) bool { return strings.Contains(text, "://") || strings.Contains(text, "www.") }

// email reports whether the @ at in.at is in the middle of an address that is
// written as people write one: all of it becomes a link or stays text, so its @
// is none of a mention. What follows a web address is no email.
func (in *inline) email() bool {
	start, end := in.at, in.at+1
	for start > 0 && (isAlnum(in.line[start-1]) || strings.IndexByte("._+-", in.line[start-1]) >= 0) {
		start--
	}
	for end < len(in.line) && (isAlnum(in.line[end]) || strings.IndexByte("._-", in.line[end]) >= 0) {
		end++
	}
	before := in.line[:start]
	free := before == "" || strings.IndexByte(" \t(<[\"'", before[start-1]) >= 0
	for _, word := range []string{"mailto:", "lt;", invisible} {
		free = free || strings.HasSuffix(before, word)
	}
	return free && !in.raw && !hasURL(in.line[start:in.at]) && in.is(-1, isAlnum) && (end == len(in.line) || in.line[end] != '@')
}

// autolink is the web address in angle brackets at in.at, or "".
func (in *inline) autolink() string {
	text := in.line[in.at:min(len(in.line), in.at+longestURL)]
	if !strings.HasPrefix(text, "<https://") && !strings.HasPrefix(text, "<http://") {
		return ""
	}
	end := strings.IndexAny(text[1:], " \t<>`") + 1
	if end == 0 || text[end] != '>' {
		return ""
	}
	return text[:end+1]
}

const longestURL = 8 << 10

var bareURL = regexp.MustCompile(`^(?i:https?)://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?(?:[/?][A-Za-z0-9/?=%+,.:;@$_~-]*)?(?:#[A-Za-z0-9/?=%+,.:;@$_~-]*)?`)

// url takes a web address, whose signs must stay what they are to the server. So
// they are written as URLs can write them, https://example.com/%40name#%31,
// whether a parser makes a link of it or not.
func (in *inline) url() {
	address := ""
	if word := in.line[in.at:min(len(in.line), in.at+longestURL)]; strings.EqualFold(word[:min(len(word), 4)], "http") {
		address = bareURL.FindString(word)
	}
	if address == "" {
		in.copy(1)
		return
	}
	in.replace(len(address), quiet(address))
}

var sign = regexp.MustCompile(`(?i)@|#[0-9]|gh-[0-9]`)

// quiet writes the last byte of every sign in percent encoding.
func quiet(address string) string {
	return sign.ReplaceAllStringFunc(address, func(s string) string {
		last := len(s) - 1
		return fmt.Sprintf("%s%%%02X", s[:last], s[last])
	})
}
