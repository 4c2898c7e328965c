package scan

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// configurations are the groups of golden files that hold no programs.
var configurations = []string{"workflow", "action", "shell", "powershell", "docker", "compose", "kubernetes", "helm", "env", "settings", "json", "pipelines"}

func FuzzTextConfiguration(f *testing.F) {
	for _, root := range []string{"../testdata/flagged/", "../testdata/silent/"} {
		for _, group := range configurations {
			seed(f, os.DirFS(root+group))
		}
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		last := 0
		for _, m := range Text(name, data) {
			if m.Start < last || m.End < m.Start || m.End > len(decoded(data)) || m.Line < 1 || m.Column < 1 {
				t.Fatalf("%+v in %d bytes, after %d", m, len(data), last)
			}
			last = m.Start
		}
	})
}

// seed adds the files of a folder.
func seed(f *testing.F, folder fs.FS) {
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".want") {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		f.Add(name, data)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
}

// What would take long if anything were looked at again and again: much of the
// same on one line, in one mapping, or in one another.
func TestTextTime(t *testing.T) {
	t.Parallel()
	for name, part := range map[string][2]string{
		"values.yaml":              {"openai:\n", "  value: OPENAI_API_KEY\n"},
		"keys.yaml":                {"openai:\n", "  key: x\n"},
		"deep.yaml":                {"openai:\n", "- - - - - - - - - a:\n"},
		"flow.yaml":                {"openai: ", "{a: ["},
		"deep.json":                {`{"openai": `, `{"a":[`},
		"wide.json":                {`{"openai": 1`, `,"OPENAI_API_KEY":""`},
		"quote.json":               {`{"openai": `, `"\`},
		".env":                     {"", "OPENAI_API_KEY=\n"},
		"line.env":                 {"", "OPENAI_API_KEY="},
		"Dockerfile":               {"ENV", " OPENAI_API_KEY=x"},
		"line.sh":                  {"export", " OPENAI_API_KEY=x"},
		"dollars.sh":               {"echo \"", "$OPENAI_API_KEY ; "},
		"here.sh":                  {"", "cat <<X$OPENAI_API_KEY\n"},
		"keys.sh":                  {"", "az cognitiveservices account keys list\n"},
		"keys.xml":                 {"<a>", `<add key="OpenAIKey" value=""/>`},
		"comments.xml":             {"<openai>", "<!-- "},
		".github/workflows/a.yml":  {"jobs:\n a:\n  steps:\n  - run: openai\n    env:\n", "      A: ${{ secrets.API_KEY }}\n"},
		".github/workflows/b.yml":  {"jobs:\n a:\n  steps:\n  - run: |\n", "      ${{ secrets.OPENAI_API_KEY }} ${{\n"},
		".github/workflows/c.yml":  {"jobs:\n a:\n  steps:\n", "  - uses: openai/x\n    with:\n      api-key: ${{ secrets.A }}\n"},
		"application.properties":   {"openai=1\n", " OPENAI_API_KEY\n"},
		"nested/configmap.yaml":    {"openai: 1\n", "a.yaml: |\n "},
		"nested/script/chart.yaml": {"script:\n", "- OPENAI_API_KEY=x ./run\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			Text(name, []byte(part[0]+strings.Repeat(part[1], 100_000/len(part[1]))))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestYAMLOutline(t *testing.T) {
	t.Parallel()
	data := []byte("a: 1 # one\nb:\n- c: 'two'\n  d: {e: [x, \"y\"]}\n- f\n\"g h\": |\n  line\n\n  more\ni: &anchor !tag three\n{{ if }}\nj:\n  k\n  l\n")
	var got []string
	yamlOutline(data).walk(func(n *node) {
		got = append(got, n.key+"="+string(data[n.start:n.end]))
	})
	want := []string{"a=1", "b=", "=", "c=two", "d=", "e=", "=x", "=y", "=f", "g h=  line\n\n  more", "i=three", "j=k\n  l"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
