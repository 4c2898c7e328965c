package sink

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	dom "golang.org/x/net/html"
)

// rendered is Markdown as a page, by a parser that is not ours, with all raw
// HTML left in: what GitHub's sanitizer and its filters would get to see.
func rendered(t testing.TB, markdown string) string {
	t.Helper()
	var page bytes.Buffer
	gfm := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := gfm.Convert([]byte(markdown), &page); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// harmless are the elements that the renderer makes for Markdown, and those that
// [Markdown] leaves alone.
const harmless = " html head body p a code pre em strong del ul ol li blockquote hr br h1 h2 h3 h4 h5 h6 table thead tbody tr th td input " +
	"sup sub section div b i kbd ins s mark var samp q details summary "

var (
	mention   = regexp.MustCompile(`(?:^|[^A-Za-z0-9_])@[A-Za-z0-9]`)
	reference = regexp.MustCompile(`(?i)#[0-9]|(?:^|[^A-Za-z0-9_])gh-[0-9]`)
)

// behind is a text that is put behind others.
const behind = "What stands behind."

// around are the elements that [behind] stands in.
func around(t testing.TB, page string) string {
	t.Helper()
	root, err := dom.Parse(strings.NewReader(page))
	if err != nil {
		t.Skip(err) // nested deeper than it reads
	}
	var names []string
	for n := range root.Descendants() {
		if n.Type == dom.TextNode && strings.Contains(n.Data, behind) {
			for p := range n.Ancestors() {
				names = append(names, p.Data)
			}
		}
	}
	return strings.TrimSpace(strings.Join(names, " "))
}

// alive returns what a page does beside showing text: "" for nothing. GitHub
// looks for mentions and references in the text outside of links and code.
func alive(t testing.TB, page string) string {
	t.Helper()
	root, err := dom.Parse(strings.NewReader(page))
	if err != nil {
		t.Skip(err) // nested deeper than it reads
	}
	for n := range root.Descendants() {
		switch n.Type {
		case dom.CommentNode:
			return "an HTML comment: " + n.Data
		case dom.ElementNode:
			if !strings.Contains(harmless, " "+n.Data+" ") {
				return "an element: " + n.Data
			}
		case dom.TextNode:
			if found := mention.FindString(n.Data) + reference.FindString(n.Data); found != "" && !inert(n) {
				return "a mention or reference: " + n.Data
			}
		}
	}
	return ""
}

func inert(n *dom.Node) bool {
	for p := range n.Ancestors() {
		if p.Data == "code" || p.Data == "pre" || p.Data == "a" {
			return true
		}
	}
	return false
}
