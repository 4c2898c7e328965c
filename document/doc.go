// Package document reads what people write in YAML, and tells every mistake in it
// at once, each with line and column.
//
// A document is at most [MaxBytes] bytes of UTF-8, with or without byte order
// mark, with any kind of line break, and one YAML document; JSON is YAML. A key
// that is given twice is an error. Anchors and aliases work within a bound; tags
// (!!str) and merge keys (<<) are refused. The format is that of
// https://yaml.org/spec/1.2.2/.
//
// Where a text is expected, a number, true, false or a date stands for itself as
// it is written: 1.10 is the text "1.10", and yes is "yes".
//
// [Decode] reads a document into a struct, whose tags describe the keys; [Schema]
// makes the JSON Schema of the same struct, for editors. A [Reader] gives a caller
// the places of what was read, for mistakes that only the caller can see, or the
// nodes of the syntax tree themselves.
package document
