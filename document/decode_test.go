package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// A garden has a field of every type and tag.
type garden struct {
	Name  string            `yaml:"name" help:"What it is called." required:"true" pattern:"^[a-z]+$" is:"small letters"`
	Soil  string            `yaml:"soil" enum:"clay,sand"`
	Size  *float64          `yaml:"size" min:"0.5" max:"1000"`
	Age   int64             `yaml:"age" min:"1"`
	Open  bool              `yaml:"open"`
	Paths []string          `yaml:"paths" or:"text"`
	Notes []string          `yaml:"notes"`
	Words map[string]string `yaml:"words" pattern:"^[a-z]*$" is:"small letters"`
	Plan  string            `yaml:"plan" or:"map"`
	Crops string            `yaml:"crops" or:"json"`
	Pond  *pond             `yaml:"pond" or:"true"`
	Beds  []*bed            `yaml:"beds" item:"a bed"`
	place
	Untagged int // is no key
}

type place struct {
	City string `yaml:"city" one:"where"`
	Farm string `yaml:"farm" one:"where"`
}

type pond struct {
	Fish []string `yaml:"fish" or:"text" required:"true"`
}

type bed struct {
	Crop  string `yaml:"crop" one:"?what"`
	Grass *bool  `yaml:"grass" one:"?what"`
	Weeds string `yaml:"weeds" one:"?what"`
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		src  string
		want garden
	}{
		{"{name: a, farm: b}", garden{Name: "a", place: place{Farm: "b"}}},
		{"name: a\ncity: 1.10\nsoil: sand\nsize: 5e-1\nage: 3\nopen: true\n", garden{Name: "a", place: place{City: "1.10"}, Soil: "sand", Size: new(0.5), Age: 3, Open: true}},
		{"{name: a, city: b, paths: c, notes: [1, yes], words: {a: 1.0, b: , '': x}}", garden{
			Name: "a", place: place{City: "b"}, Paths: []string{"c"}, Notes: []string{"1", "yes"}, Words: map[string]string{"a": "1.0", "b": "", "": "x"},
		}},
		{"{name: a, city: b, plan: {b: [1.0, ~, 0x1F], a: x}, pond: true, beds: [{}, {grass: false}]}", garden{
			Name: "a", place: place{City: "b"}, Plan: `{"b":[1.0,null,31],"a":"x"}`, Pond: &pond{}, Beds: []*bed{{}, {Grass: new(false)}},
		}},
		{"{name: a, city: b, plan: path, pond: false, soil: , size: ~, age: null, open: , paths: [], words: , beds: }", garden{Name: "a", place: place{City: "b"}, Plan: "path", Paths: []string{}}},
		{"{name: a, city: b, crops: [1.0, {c: d}]}", garden{Name: "a", place: place{City: "b"}, Crops: `[1.0,{"c":"d"}]`}},
		{"{name: a, city: b, crops: {c: []}}", garden{Name: "a", place: place{City: "b"}, Crops: `{"c":[]}`}},
		{"x: &x {fish: f}\n", garden{}},
	} {
		var got garden
		err := Decode("f", []byte(c.src), &got)
		if c.want.Name == "" {
			if err == nil {
				t.Errorf("%s: no error", c.src)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", c.src, got, err, c.want)
		}
	}
}

// refused are documents that have another shape, and the mistake in them.
var refused = []struct{ src, want string }{
	{"", "f: the file has no name\nf: the file needs one of city or farm"},
	{"[]", "f:1:1: the file must be a map, not a list"},
	{"{}", "f:1:1: the file has no name\nf:1:1: the file needs one of city or farm"},
	{"{name: a}", "f:1:1: the file needs one of city or farm"},
	{"name: a\ncity: b\nfarm: c", "f:3:1: farm excludes city (line 2): give one of city or farm"},
	{"name: a\ncity: b\nfram: c", `f:3:1: the file has no key "fram"; did you mean "farm"?`},
	{"name: A\ncity: b", `f:1:7: name must be small letters, not "A"`},
	{"name:\ncity:", "f:1:1: name has no value\nf:2:1: city has no value"},
	{"name: a\ncity: ' '", "f:2:7: city is empty"},
	{"name: a\ncity: [b]", "f:2:7: city must be text, not a list"},
	{"{name: a, city: b, soil: snad}", `f:1:26: soil must be clay or sand, not "snad"; did you mean "sand"?`},
	{"{name: a, city: b, size: 0.4}", "f:1:26: size must be a number from 0.5 to 1000, not 0.4"},
	{"{name: a, city: b, size: '1'}", `f:1:26: size must be a number from 0.5 to 1000, not the text "1"`},
	{"{name: a, city: b, size: .inf}", "f:1:26: size must be a number from 0.5 to 1000, not .inf"},
	{"{name: a, city: b, age: 0}", "f:1:25: age must be a whole number from 1, not 0"},
	{"{name: a, city: b, age: 1.5}", "f:1:25: age must be a whole number from 1, not 1.5"},
	{"{name: a, city: b, open: yes}", `f:1:26: open must be true or false, not the text "yes"`},
	{"{name: a, city: b, paths: {}}", "f:1:27: paths must be text or a list, not a map"},
	{"{name: a, city: b, paths: [c, ]}", ""},
	{"{name: a, city: b, paths: [c, ~]}", "f:1:31: an item of paths has no value"},
	{"{name: a, city: b, notes: c}", "f:1:27: notes must be a list, not text"},
	{"{name: a, city: b, notes: ['']}", "f:1:28: an item of notes is empty"},
	{"{name: a, city: b, words: [c]}", "f:1:27: words must be a map of names to values, not a list"},
	{"{name: a, city: b, words: {A: b}}", `f:1:28: a name in words must be small letters, not "A"`},
	{"{name: a, city: b, words: {a: [b]}}", `f:1:31: the value of "a" must be text, not a list; quote it if it is text`},
	{"{name: a, city: b, plan: [c]}", "f:1:26: plan must be text or a map, not a list"},
	{"{name: a, city: b, pond: c}", `f:1:26: pond must be true, false or a map, not the text "c"`},
	{"{name: a, city: b, pond: {}}", "f:1:26: pond has no fish"},
	{"{name: a, city: b, pond: {fish: []}}", "f:1:33: fish is empty"},
	{"{name: a, city: b, pond: {fish: [c], x: 1}}", `f:1:38: pond has no key "x"`},
	{"{name: a, city: b, beds: [{crop: c, weeds: d, grass: true}]}", "f:1:37: weeds excludes crop (line 1): give one of crop, grass or weeds\nf:1:47: grass excludes crop (line 1): give one of crop, grass or weeds"},
	{"{name: a, city: b, beds: [5, {corp: d}]}", "f:1:27: a bed must be a map, not a number\nf:1:31: a bed has no key \"corp\"; did you mean \"crop\"?"},
	{"{name: a, city: b, beds: [{crop: }]}", "f:1:28: crop has no value"},
}

// What Decode refuses for its shape is refused by the schema as well.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	s := compiled(t, garden{})
	for _, c := range refused {
		err := Decode("f", []byte(c.src), new(garden))
		if c.want == "" && err == nil {
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: got\n%v\nwant\n%s", c.src, err, c.want)
		}
		if v, ok := value(c.src); ok && s.Validate(v) == nil {
			t.Errorf("%s fits the schema", c.src)
		}
	}
}

// The syntax of YAML comes first: where it is at fault, only that is told.
func TestDecodeSyntax(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"name: a\nname: b\nx: c":     `f:2:1: the key "name" is given twice, first in line 1`,
		"name: !!str a":              "f:1:7: the tag !!str is not supported; quote a value to make it text",
		"a: {{b}}\nc":                "",
		strings.Repeat("- ", 50_000): "f:1:401: lists and maps are nested too deep here",
	} {
		err := Decode("f", []byte(src), new(garden))
		if err == nil || want != "" && err.Error() != want {
			t.Errorf("%.40s: %v, want %s", src, err, want)
		}
	}
}

func TestPlacesOfWhatWasDecoded(t *testing.T) {
	t.Parallel()
	r := NewReader("f", []byte("name: a\ncity: |\n  one\n  two\nwords:\n  k: v\npaths: [p, q]\nbeds:\n- crop: c\n"))
	var g garden
	r.Decode(&g)
	cause := errors.New("cause")
	r.Wrong(&g.Paths[1], "path: %w", cause)
	r.WrongKey(&g, "words", "key")
	r.WrongKey(&g.Words, "k", "inner key")
	r.FailAt(r.PlaceOfEntry(&g.Words, "k"), "entry")
	r.Wrong(&g.Beds[0].Crop, "crop")
	r.Wrong(&g.Soil, "nowhere")
	r.WrongKey(g.Beds[0], "weeds", "bed")
	r.FailAt(r.Where(&g.City).Locate(g.City, []int{4})[0], "two")
	want := "f: nowhere\nf:4:3: two\nf:5:1: key\nf:6:3: inner key\nf:6:6: entry\nf:7:12: path: cause\nf:9:3: bed\nf:9:9: crop"
	if err := r.Err(); err == nil || err.Error() != want || !errors.Is(err, cause) {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if keys := strings.Join(r.Keys(&g), " "); keys != "name city words paths beds" || !r.Given(&g.City) || r.Given(&g.Farm) {
		t.Errorf("keys %s", keys)
	}
}

// pondSchema is what editors get of a pond.
const pondSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://example.com/s",
  "title": "Ponds",
  "description": "A <pond>.",
  "type": [
    "object"
  ],
  "properties": {
    "fish": {
      "anyOf": [
        {
          "type": [
            "string",
            "number",
            "boolean"
          ],
          "pattern": "\\S"
        },
        {
          "type": [
            "array"
          ],
          "minItems": 1,
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ],
            "pattern": "\\S"
          }
        }
      ]
    }
  },
  "additionalProperties": false,
  "required": [
    "fish"
  ]
}
`

func TestSchema(t *testing.T) {
	t.Parallel()
	got := string(Schema(pond{}, "https://example.com/s", "Ponds", "A <pond>."))
	if got != pondSchema {
		t.Errorf("got\n%s\nwant\n%s", got, pondSchema)
	}
}

// compiled is the schema of a struct, as an independent reader understands it.
func compiled(t testing.TB, of any) *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema(of, "https://example.com/schema", "", "")))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://example.com/schema", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("https://example.com/schema")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// value is the document as JSON has it, if it can.
func value(src string) (any, bool) {
	r := NewReader("", []byte(src))
	root := r.Parse()
	if root == nil {
		return nil, false
	}
	raw := r.JSON(root)
	if !json.Valid(raw) {
		return nil, false
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	return v, err == nil
}

// FuzzDecode: what is accepted fits the schema, and mistakes have places in the
// document.
func FuzzDecode(f *testing.F) {
	for _, c := range refused {
		f.Add([]byte(c.src))
	}
	f.Add([]byte("name: a\ncity: &x b\npaths: [*x, c]\nplan: {a: *x}\npond: {fish: d}\nwords: {a: ~}\nbeds:\n  - crop: e\n  - grass: true\n"))
	s := compiled(f, garden{})
	f.Fuzz(func(t *testing.T, src []byte) {
		err := Decode("f", src, new(garden))
		lines := bytes.Count(src, []byte("\n")) + bytes.Count(src, []byte("\r")) + 1
		for _, e := range Errors(err) {
			if e.File != "f" || e.Line < 0 || e.Line > lines || e.Column < 0 || e.Msg == "" {
				t.Errorf("bad place in %#v", e)
			}
		}
		if err != nil {
			return
		}
		if v, ok := value(string(src)); ok {
			if err := s.Validate(v); err != nil {
				t.Errorf("accepted, but: %v", err)
			}
		}
	})
}

// A part of a document is decoded like a whole one: with places, and with aliases to
// what stands outside of it.
func TestDecodeNode(t *testing.T) {
	t.Parallel()
	r := NewReader("f", []byte("- &b\n  crop: c\n- *b\n- crop: [d]\n- 5\n"))
	items, _ := r.Items(r.Parse())
	beds := make([]bed, len(items))
	for i, item := range items {
		r.DecodeNode(item, "a bed", &beds[i])
	}
	const want = "f:4:9: crop must be text, not a list\nf:5:3: a bed must be a map, not a number"
	if err := r.Err(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if beds[0].Crop != "c" || beds[1].Crop != "c" || r.PlaceOf(&beds[1].Crop) != (Place{2, 9}) {
		t.Errorf("%+v at %v", beds, r.PlaceOf(&beds[1].Crop))
	}
	if at := r.PlaceOfNode(items[2]); at != (Place{4, 3}) {
		t.Errorf("the item is at %v", at)
	}
}
