package task

import (
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestKeysAreDocumented compares the tables in docs/tasks.md with the types; go test
// -update writes them.
func TestKeysAreDocumented(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, table := range []struct {
		title string
		of    any
	}{
		{"The file", written{}},
		{"A task", source{}},
		{"`defaults`, and every task with a prompt", Settings{}},
		{"`embeddings`", Embeddings{}},
		{"`similar`", Similar{}},
		{"`comment`", Comment{}},
	} {
		fmt.Fprintf(&b, "\n### %s\n\n| key | value | what it is |\n| --- | --- | --- |\n", table.title)
		for f := range reflect.TypeOf(table.of).Fields() {
			if !f.Anonymous {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Tag.Get("yaml"), kind(f), cell.Replace(f.Tag.Get("help")))
			}
		}
	}
	const file, begin, end = "../docs/tasks.md", "<!-- keys: written by go test ./task -update -->\n", "<!-- end of keys -->"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), begin)
	got, after, closed := strings.Cut(rest, end)
	switch want := b.String() + "\n"; {
	case !found || !closed:
		t.Errorf("%s has no table of keys", file)
	case got == want:
	case *update:
		if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s does not match the types (go test ./task -update rewrites it):\n%s\nwant\n%s", file, got, want)
	}
}

// cell makes text stand in a table as it is.
var cell = strings.NewReplacer("|", "\\|", "*", "\\*", "<", "&lt;")

// kind is what the value of a key may be, for people.
func kind(f reflect.StructField) string {
	if words := f.Tag.Get("enum"); words != "" {
		return "`" + strings.ReplaceAll(words, ",", "`, `") + "`"
	}
	of := f.Type
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	text := map[reflect.Kind]string{
		reflect.String: "text", reflect.Bool: "true or false", reflect.Int64: "whole number", reflect.Float64: "number",
		reflect.Struct: "map", reflect.Map: "map", reflect.Slice: "list",
	}[of.Kind()]
	switch f.Tag.Get("or") {
	case "text":
		text = "text or list"
	case "map":
		text = "text or map"
	case "true":
		text = "true or map"
	}
	low, high := f.Tag.Get("min"), f.Tag.Get("max")
	switch {
	case high != "":
		text += ", " + low + " to " + high
	case low != "":
		text += " from " + low
	}
	return text
}
