package sink

import (
	"fmt"
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
	for _, word := range []string{"mailto:", "lt;", "&#40;", invisible} {
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
	end := strings.IndexAny(text[1:], " \t<>`|") + 1 // a bar would end the cell of a table
	if end == 0 || text[end] != '>' {
		return ""
	}
	return text[:end+1]
}

const longestURL = 8 << 10

// bareURL is how long the web address at the start of text is, 0 for none: a
// scheme, a host with a dot in it, and what follows it without a break.
func bareURL(text string) int {
	at := len("http://")
	switch {
	case hasPrefixFold(text, "http://"):
	case hasPrefixFold(text, "https://"):
		at++
	default:
		return 0
	}
	host := at + span(text[at:], "-.")
	if !strings.Contains(strings.Trim(text[at:host], "."), ".") {
		return 0
	}
	end := host
	if rest := text[host:]; rest != "" && strings.IndexByte(":/?#", rest[0]) >= 0 {
		end += span(rest, "/?#=%+,.:;@$_~-")
	}
	return end
}

// span is how long the letters, digits and bytes of more at the start of text
// are.
func span(text, more string) int {
	n := 0
	for n < len(text) && (isAlnum(text[n]) || strings.IndexByte(more, text[n]) >= 0) {
		n++
	}
	return n
}

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}

// target is how long the address of a link in parentheses at the start of text
// is, with a title of plain words if it has one, 0 if it is not simple.
func target(text string) int {
	const signs = "/?#=%+,.:;@$_~*!-"
	at := 1 + span(text[1:], signs+"&")
	for at < len(text) && text[at] == '(' { // as in https://en.wikipedia.org/wiki/Go_(game)
		inner := at + 1 + span(text[at+1:], signs+"&")
		if inner == len(text) || text[inner] != ')' {
			return 0
		}
		at = inner + 1 + span(text[inner+1:], signs+"&")
	}
	if strings.Contains(text[:at], "&") && entities(text[:at]) {
		return 0
	}
	if strings.HasPrefix(text[at:], ` "`) {
		at += 2 + span(text[at+2:], " .,:;-")
		if !strings.HasPrefix(text[at:], `"`) {
			return 0
		}
		at++
	}
	if !strings.HasPrefix(text[at:], ")") {
		return 0
	}
	return at + 1
}

// url takes a web address, whose signs must stay what they are to the server. So
// they are written as URLs can write them, https://example.com/%40name#%31,
// whether a parser makes a link of it or not.
func (in *inline) url() {
	n := bareURL(in.line[in.at:min(len(in.line), in.at+longestURL)])
	if n == 0 {
		in.copy(1)
		return
	}
	in.replace(n, quiet(in.line[in.at:in.at+n]))
}

// quiet writes every @, and every digit that would be that of a reference, in
// percent encoding.
func quiet(address string) string {
	if !strings.ContainsAny(address, "@#-") {
		return address
	}
	var b strings.Builder
	for i := 0; i < len(address); i++ {
		c := address[i]
		number := isDigit(c) && i > 0 && (address[i-1] == '#' || i > 2 && strings.EqualFold(address[i-3:i], "gh-"))
		if c == '@' || number {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
