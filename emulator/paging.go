package emulator

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// A listPage is the part of a list that a request asks for.
// https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
type listPage struct{ number, size, last int }

// pageOf reads page and per_page. What makes no sense counts as not given.
func pageOf(query url.Values, total int) listPage {
	count := func(name string, otherwise, most int) int {
		n, err := strconv.Atoi(query.Get(name))
		if err != nil || n < 1 {
			return otherwise
		}
		return min(n, most)
	}
	p := listPage{number: count("page", 1, 1_000_000), size: count("per_page", 30, 100)}
	p.last = max(1, (total+p.size-1)/p.size)
	return p
}

// link is the Link header (RFC 8288) to the pages around p, in GitHub's order.
func (p listPage) link(base, query string) string {
	var links []string
	to := func(rel string, number int) {
		links = append(links, fmt.Sprintf(`<%s?%s>; rel="%s"`, base, withPage(query, number), rel))
	}
	if p.number > 1 {
		to("prev", p.number-1)
	}
	if p.number < p.last {
		to("next", p.number+1)
	}
	if p.number != p.last {
		to("last", p.last)
	}
	if p.number > 1 {
		to("first", 1)
	}
	return strings.Join(links, ", ")
}

// withPage is query with another page. The order of its parameters stays.
func withPage(query string, number int) string {
	page, found := "page="+strconv.Itoa(number), false
	var parts []string
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		switch {
		case name == "" || nameErr != nil || valueErr != nil:
		case name == "page":
			parts, found = append(parts, page), true
		default:
			parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
	}
	if !found {
		parts = append(parts, page)
	}
	return strings.Join(parts, "&")
}
