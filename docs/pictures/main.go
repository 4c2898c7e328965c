// Pictures makes the pictures of the README from Markdown that the program
// wrote. A browser makes the picture between the last two of its steps: see the
// script make beside it.
//
//	go run ./docs/pictures body comments.json >comment.md
//	go run ./docs/pictures page summary summary.md >summary.html
//	go run ./docs/pictures crop summary.png docs/images/summary.png
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	switch {
	case len(args) == 3 && args[0] == "page" && (args[1] == "summary" || args[1] == "comment"):
		return page(stdout, args[1], args[2])
	case len(args) == 3 && args[0] == "crop":
		return crop(args[1], args[2])
	case len(args) == 2 && args[0] == "body":
		return body(stdout, args[1])
	}
	return errors.New("usage: pictures body JSON, pictures page summary|comment MARKDOWN, or pictures crop PNG PNG")
}

// body writes the Markdown of the first comment in a list as GitHub's REST API
// returns it.
func body(w io.Writer, file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var comments []struct{ Body string }
	if err := json.Unmarshal(raw, &comments); err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	if len(comments) == 0 {
		return fmt.Errorf("reading %s: there is no comment", file)
	}
	_, err = io.WriteString(w, comments[0].Body)
	return err
}

//go:embed style.css
var style string

//go:embed page.html
var frame string

// page writes the HTML page that shows a Markdown file as GitHub shows it.
func page(w io.Writer, kind, file string) error {
	markdown, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	t, err := template.New("page").Parse(frame)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert(markdown, &body); err != nil {
		return err
	}
	return t.Execute(w, map[string]any{"Kind": kind, "Style": template.CSS(style), "Body": template.HTML(styled(body.String()))})
}

var (
	alertHead = regexp.MustCompile(`<blockquote>\n<p>\[!(NOTE|WARNING|CAUTION)\](?:</p>\n<p>|\n)`)
	diffBlock = regexp.MustCompile(`(?s)<code class="language-diff">.*?</code>`)
	diffLine  = regexp.MustCompile(`(?m)^(?:(\+)|(-)).*$`)
)

// styled is what GitHub adds to the HTML of Markdown: alerts and colours.
func styled(body string) string {
	body = alertHead.ReplaceAllStringFunc(body, func(head string) string {
		kind := alertHead.FindStringSubmatch(head)[1]
		return fmt.Sprintf(`<blockquote class="alert %s"><p class="title">%s</p><p>`, strings.ToLower(kind), kind[:1]+strings.ToLower(kind[1:]))
	})
	return diffBlock.ReplaceAllStringFunc(body, func(block string) string {
		head, code, _ := strings.Cut(block, ">")
		code = diffLine.ReplaceAllString(code, `<span class="kind$1$2">$0</span>`)
		return head + ">" + strings.NewReplacer(`"kind+"`, `"add"`, `"kind-"`, `"del"`).Replace(code)
	})
}

// margin is what stays below the content, in pixels of the picture.
const margin = 32

// crop takes away what is blank at the lower end of a picture, and the rarest
// colours.
func crop(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	picture, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("reading %s: %w", from, err)
	}
	bounds := picture.Bounds()
	bounds.Max.Y = min(bounds.Max.Y, bottom(picture)+margin)
	small := image.NewPaletted(bounds, common(picture))
	draw.Draw(small, bounds, picture, bounds.Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
		return err
	}
	return os.WriteFile(to, out.Bytes(), 0o644)
}

// common are the 256 most frequent colours of a picture. Those of the edges of
// letters, of which there are more, look no different with the nearest of these,
// and the file is less than half as large.
func common(picture image.Image) color.Palette {
	b := picture.Bounds()
	seen := map[color.Color]int{}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			seen[picture.At(x, y)]++
		}
	}
	all := slices.SortedFunc(maps.Keys(seen), func(a, b color.Color) int {
		return cmp.Or(cmp.Compare(seen[b], seen[a]), strings.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	return all[:min(len(all), 256)]
}

// bottom is the first row below everything that is not of the colour of the
// upper left corner.
func bottom(picture image.Image) int {
	b := picture.Bounds()
	blank := picture.At(b.Min.X, b.Min.Y)
	for y := b.Max.Y - 1; y > b.Min.Y; y-- {
		for x := b.Min.X; x < b.Max.X; x++ {
			if picture.At(x, y) != blank {
				return y + 1
			}
		}
	}
	return b.Max.Y
}
