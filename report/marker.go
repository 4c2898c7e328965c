package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// MaxHeader is how many bytes a [Comment]'s Header may have.
const MaxHeader = 100

// markerLine is a marker as it stands in the last line of a comment.
var markerLine = regexp.MustCompile(`^<!-- keyless-inference:([A-Za-z0-9._%-]*) part ([1-9][0-9]{0,8}) -->$`)

// marker is what tells part number part of a sticky comment from all other
// comments: a line that no reader sees.
func marker(header string, part int) string {
	return fmt.Sprintf("\n<!-- keyless-inference:%s part %d -->", escaped(header), part)
}

// unmarked takes the marker off the end of a comment's body. It returns the
// header as [escaped] wrote it. A marker anywhere else is somebody's quotation.
func unmarked(body string) (text, header string, part int, ok bool) {
	body = normal(body)
	end := strings.LastIndexByte(body, '\n')
	m := markerLine.FindStringSubmatch(body[end+1:])
	if m == nil {
		return "", "", 0, false
	}
	part, err := strconv.Atoi(m[2])
	return body[:max(end, 0)], m[1], part, err == nil
}

// escaped is header in letters that cannot end an HTML comment, in which "--"
// and ">" are special (https://github.github.com/gfm/#html-comment): all others
// are percent-encoded. Different headers stay different.
func escaped(header string) string {
	const harmless = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
	var b strings.Builder
	for i := range len(header) {
		c := header[i]
		hyphen := c == '-' && !strings.HasSuffix(b.String(), "-")
		if hyphen || strings.IndexByte(harmless, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// normal is body without what GitHub, or a person who edits it in a browser, may
// change in a comment without changing what it shows.
func normal(body string) string {
	return strings.TrimRight(strings.ReplaceAll(body, "\r\n", "\n"), " \t\r\n")
}

// same reports whether two bodies of comments show the same.
func same(a, b string) bool { return normal(a) == normal(b) }
