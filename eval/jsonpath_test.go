package eval

import (
	"strings"
	"testing"
)

func TestJSONPath(t *testing.T) {
	t.Parallel()
	const doc = `{"b":{"x y":1,"a":[0,1,2,3,4]},"a":[{"n":"one","t":["p","q"]},{"n":"two"}],"":5,"ü":6,"'\"\\":7,"n":null}`
	for path, want := range map[string]string{
		"$":                                  `[` + `{"":5,"'\"\\":7,"a":[{"n":"one","t":["p","q"]},{"n":"two"}],"b":{"a":[0,1,2,3,4],"x y":1},"n":null,"ü":6}]`,
		"$.b.a":                              `[[0,1,2,3,4]]`,
		"$.b.a[0]":                           `[0]`,
		"$.b.a[-1]":                          `[4]`,
		"$.b.a[5]":                           `[]`,
		"$.b.a[-6]":                          `[]`,
		"$.b.a[9007199254740991]":            `[]`,
		"$.b[0]":                             `[]`,
		"$.a.n":                              `[]`,
		"$.missing.more[0]":                  `[]`,
		"$.n":                                `[null]`,
		"$.n.x":                              `[]`,
		"$['b']['x y']":                      `[1]`,
		`$["b"]["x y"]`:                      `[1]`,
		"$['']":                              `[5]`,
		"$.ü":                                `[6]`,
		`$['\u00fc']`:                        `[6]`,
		`$['\'"\\']`:                         `[7]`,
		`$["'\"\\"]`:                         `[7]`,
		"$.a[*].n":                           `["one","two"]`,
		"$.b.*":                              `[[0,1,2,3,4],1]`,
		"$.b.a[1:3]":                         `[1,2]`,
		"$.b.a[:2]":                          `[0,1]`,
		"$.b.a[-2:]":                         `[3,4]`,
		"$.b.a[::2]":                         `[0,2,4]`,
		"$.b.a[ 3 : 0 : -2 ]":                `[3,1]`,
		"$.b.a[::-1]":                        `[4,3,2,1,0]`,
		"$.b.a[10:-10:-3]":                   `[4,1]`,
		"$.b.a[1:4:0]":                       `[]`,
		"$.b.a[:]":                           `[0,1,2,3,4]`,
		"$.b.a[0,2,0]":                       `[0,2,0]`,
		"$['n','missing',\"b\"]['a'][0,1:3]": `[0,1,2]`,
		"$..n":                               `[null,"one","two"]`,
		"$..[0]":                             `[{"n":"one","t":["p","q"]},"p",0]`,
		"$.a..*":                             `[{"n":"one","t":["p","q"]},{"n":"two"},"one",["p","q"],"p","q","two"]`,
		"$ .b\t['a'] [ 0 ]":                  `[0]`,
	} {
		p, err := parsePath(path)
		if err != nil {
			t.Error(err)
			continue
		}
		root, err := parseJSON(doc)
		if err != nil {
			t.Fatal(err)
		}
		values, err := p.find(root)
		if values == nil {
			values = []any{}
		}
		if got := textOf(values); got != want || err != nil {
			t.Errorf("%s selects %s, %v; want %s", path, got, err, want)
		}
	}
}

func TestWrongPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"":                              "begins with $",
		"a":                             "begins with $",
		" $":                            "begins with $",
		"$a":                            "character 2: a dot or a bracket is expected",
		"$.":                            "character 2: a name is expected",
		"$..":                           "character 2: a name is expected",
		"$.1a":                          "character 2: a name is expected",
		"$.a-b":                         "character 4: a dot or a bracket is expected",
		"$.a.b.":                        "character 6: a name is expected",
		"$.[0]":                         "character 2: a dot or a bracket, not both",
		"$[":                            "character 2: a name in quotes",
		"$[]":                           "character 2: a name in quotes",
		"$[a]":                          "character 2: a name in quotes",
		"$[0":                           "character 2: the bracket does not close",
		"$[0,]":                         "character 2: a name in quotes",
		"$[01]":                         "character 2: the bracket does not close",
		"$[-0]":                         "character 2: a name in quotes",
		"$[1.0]":                        "character 2: the bracket does not close",
		"$['a]":                         "character 2: a name in quotes",
		`$['\x']`:                       "is no name in quotes",
		`$["\'"]`:                       "is no name in quotes",
		`$['\"']`:                       "is no name in quotes",
		"$['a\x01']":                    "is no name in quotes",
		"$[?@.a]":                       "filters (?) are not known here",
		"$.a ":                          "character 5: a dot or a bracket is expected",
		"$.length()":                    "character 9: a dot or a bracket is expected",
		"$[(@.a)]":                      "character 2: a name in quotes",
		"$" + strings.Repeat(".a", 500): "at most 1,000 characters",
	} {
		if _, err := parsePath(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// A path that selects all and one that selects by name agree; nothing that is
// selected is not there.
func FuzzJSONPath(f *testing.F) {
	for _, path := range []string{"$", "$.a", "$..a[0]", "$['a']", `$["\u00fc"]`, "$[1:2:3]", "$[-1,'a',*]", "$..*..*", "$[::-1]"} {
		f.Add(path, `{"a":[1,{"a":"x"},[2,3]],"ü":{}}`)
	}
	f.Fuzz(func(t *testing.T, path, text string) {
		p, err := parsePath(path)
		if (p == nil) != (err != nil || strings.TrimSpace(path) == "$" && path == "$") {
			t.Fatalf("%q: %v, %v", path, p, err)
		}
		root, err := parseJSON(text)
		if err != nil {
			return
		}
		values, err := p.find(root)
		if err != nil {
			return
		}
		all := map[string]bool{textOf(root): true}
		below, err := mustPath(t, "$..*").find(root)
		if err != nil {
			return
		}
		for _, v := range below {
			all[textOf(v)] = true
		}
		for _, v := range values {
			if !all[textOf(v)] {
				t.Errorf("%q selects %s, which %q does not have", path, textOf(v), text)
			}
		}
		object, _ := root.(map[string]any)
		for name, v := range object {
			got, err := mustPath(t, "$["+textOf([]any{name})[1:]).find(root)
			if err != nil || len(got) != 1 || textOf(got[0]) != textOf(v) {
				t.Errorf("the member %q is %v, %v", name, got, err)
			}
		}
	})
}

func mustPath(t *testing.T, path string) jsonPath {
	p, err := parsePath(path)
	if err != nil && len(path) <= 1000 {
		t.Fatal(err)
	}
	return p
}
