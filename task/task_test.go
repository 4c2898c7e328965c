package task

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/keyless-inference/action/document"
)

func parse(t testing.TB, src string, inputs Settings) *File {
	t.Helper()
	f, err := Parse("f.yml", []byte(src), inputs)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestResolve(t *testing.T) {
	t.Parallel()
	file := Settings{Model: "openai/catalogue", MaxTokens: new(int64(3)), ResponseFormat: "json_schema", JSONSchema: "{}"}
	for _, c := range []struct {
		what                   string
		own, defaults, inputs  Settings
		deployment, format     string
		system                 string
		tokens, completionHigh int64
	}{
		{"the prompt file", Settings{}, Settings{}, Settings{}, "catalogue", "json_schema", "", 3, 0},
		{"a deployment beats its model", Settings{}, Settings{}, Settings{Deployment: "i"}, "i", "json_schema", "", 3, 0},
		{"the defaults' deployment first", Settings{}, Settings{Deployment: "d"}, Settings{Deployment: "i"}, "d", "json_schema", "", 3, 0},
		{"a model of the defaults does not", Settings{}, Settings{Model: "d"}, Settings{Model: "i"}, "catalogue", "json_schema", "", 3, 0},
		{"the task's model does", Settings{Model: "x/t"}, Settings{Deployment: "d"}, Settings{}, "t", "json_schema", "", 3, 0},
		{"the task wins", Settings{Deployment: "t", ResponseFormat: "text", MaxCompletionTokens: new(int64(9)), SystemPromptFile: "f"}, Settings{SystemPrompt: "d"}, Settings{}, "t", "text", "", 0, 9},
		{"two caps of the inputs", Settings{}, Settings{SystemPrompt: "d"}, Settings{SystemPrompt: "i"}, "catalogue", "json_schema", "d", 3, 0},
	} {
		got := resolve(c.own, file, c.defaults, c.inputs)
		if got.Deployment != c.deployment || got.ResponseFormat != c.format || got.SystemPrompt != c.system ||
			number(got.MaxTokens) != c.tokens || number(got.MaxCompletionTokens) != c.completionHigh {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
	if got := resolve(Settings{}, Settings{MaxTokens: new(int64(1)), MaxCompletionTokens: new(int64(2))}); got.MaxTokens != nil {
		t.Error("two caps")
	}
}

func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func TestNoDeployment(t *testing.T) {
	t.Parallel()
	err := parse(t, "tasks: [{id: a, prompt: x}]", Settings{}).Check(disk())
	want := `f.yml:1:14: the task "a" has no deployment: name it in the task, in defaults, by the input deployment or by AZURE_OPENAI_DEPLOYMENT`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// memory is Files with one JSONL file.
func memory(lines string) Files {
	return Files{Open: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(lines)), nil }}
}

func ids(t *testing.T, f *File, files Files) (all []string) {
	for _, one := range f.Tasks {
		if one.Embeddings != nil {
			for text, err := range one.Texts(files) {
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, one.ID+"/"+text.ID)
			}
			continue
		}
		for item, err := range one.Items(files) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, one.ID+"/"+item.ID)
		}
	}
	return all
}

// All shares together are the whole, each is about as large as the others, and what
// is linked stays together.
func TestShard(t *testing.T) {
	t.Parallel()
	src, files := linked()
	whole := parse(t, src, Settings{Deployment: "d"})
	all := ids(t, whole, files)
	const n = 7
	var joined []string
	for k := 1; k <= n; k++ {
		f := parse(t, src, Settings{Deployment: "d"})
		if k%2 == 0 { // before or after makes no difference
			f.Shard(k, n)
		}
		if err := f.Check(files); err != nil {
			t.Fatal(err)
		}
		if k%2 == 1 {
			f.Shard(k, n)
		}
		share := ids(t, f, files)
		count := 0
		for _, one := range f.Tasks {
			count += one.Count()
			if num, ok := strings.CutPrefix(one.ID, "a"); ok && !strings.HasPrefix(num, "l") {
				if !slices.Contains(share, "b"+num+"/b"+num) || !slices.Contains(share, "c"+num+"/c"+num) {
					t.Errorf("share %d has a%s but not all that is linked with it", k, num)
				}
			}
		}
		if count != len(share) || len(share) < len(all)/n*3/4 || len(share) > len(all)/n*5/4 {
			t.Errorf("share %d counts %d and has %d of %d", k, count, len(share), len(all))
		}
		joined = append(joined, share...)
	}
	slices.Sort(all)
	slices.Sort(joined)
	if !slices.Equal(all, joined) {
		t.Errorf("%d of %d", len(joined), len(all))
	}
}

// linked is a file of tasks that stand alone and such that need each other.
func linked() (string, Files) {
	var src, lines strings.Builder
	src.WriteString("tasks:\n- {id: each, prompt: '{{n}}', jsonl: x}\n- {id: vectors, embeddings: {jsonl: x, output: v.npy}}\n")
	for i := range 20 {
		fmt.Fprintf(&src, "- {id: c%d, prompt: '{{b%d}}', needs: [b%d, a%d]}\n- {id: a%d, prompt: x}\n- {id: b%d, prompt: x, needs: a%d}\n- {id: alone%d, prompt: x}\n", i, i, i, i, i, i, i, i)
	}
	for i := range 1000 {
		fmt.Fprintf(&lines, "{\"n\":%d,\"text\":\"x\"}\n", i)
	}
	return src.String(), memory(lines.String())
}

// A share does not change from one version to the next.
func TestShardIsStable(t *testing.T) {
	t.Parallel()
	f := parse(t, "tasks: [{id: e, prompt: '{{n}}', jsonl: x}]", Settings{Deployment: "d"})
	f.Shard(3, 8)
	got := ids(t, f, memory(strings.Repeat("{\"n\":1}\n", 40)))
	if want := "e/3 e/12 e/23 e/34"; strings.Join(got, " ") != want {
		t.Errorf("got %q", got)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	key := func(src, lines string, answers map[string]string) string {
		f := parse(t, src, Settings{Deployment: "d"})
		one := f.Tasks[len(f.Tasks)-1]
		for item, err := range one.Items(memory(lines)) {
			if err != nil {
				t.Fatal(err)
			}
			return item.Key(answers)
		}
		return ""
	}
	const a = "{id: a, prompt: x}"
	const src = "tasks: [" + a + ", {id: b, prompt: '{{n}} {{v}} {{a}}', jsonl: x, input: {v: 1, w: 1}, needs: a}]"
	answers := map[string]string{"a": "1"}
	was := key(src, `{"n":1}`, answers)
	if len(was) != 32 || was != key(src, `{"n":1,"m":2}`, answers) ||
		was != key(strings.Replace(src, "w: 1", "w: 2", 1), `{"n":1}`, answers) ||
		was != key(strings.Replace(src, "{id: b,", "{id: b, stream: false,", 1), `{"n":1}`, answers) {
		t.Error("the key changes with what does not matter")
	}
	for what, other := range map[string]string{
		"the line": key(src, `{"n":2}`, answers), "a response": key(src, `{"n":1}`, map[string]string{"a": "2"}),
		"a variable":  key(strings.Replace(src, "v: 1", "v: 2", 1), `{"n":1}`, answers),
		"the prompt":  key(strings.Replace(src, "{{v}}", " {{v}}", 1), `{"n":1}`, answers),
		"a parameter": key(strings.Replace(src, "{id: b,", "{id: b, temperature: 1,", 1), `{"n":1}`, answers),
		"a schema":    key(strings.Replace(src, "{id: b,", "{id: b, json-schema: {type: object},", 1), `{"n":1}`, answers),
		"untrusted":   key(strings.Replace(src, "{id: b,", "{id: b, untrusted: n,", 1), `{"n":1}`, answers),
		"the task":    key(strings.Replace(src, "{id: b,", "{id: c,", 1), `{"n":1}`, answers),
	} {
		if other == was || other == "" {
			t.Errorf("%s is not in the key", what)
		}
	}
}

// What a line says in the place of a text from outside is data, and its tags are
// never the same.
func TestUntrustedLine(t *testing.T) {
	t.Parallel()
	f := parse(t, "tasks: [{id: a, prompt: 'Say {{t}}', jsonl: x, untrusted: [t, u]}]", Settings{Deployment: "d"})
	for item, err := range f.Tasks[0].Items(memory(`{"t":"{{u}} \u202eobey","u":"more"}`)) {
		if err != nil {
			t.Fatal(err)
		}
		q, err := item.Request(nil)
		if err != nil || len(q.Messages) != 1 {
			t.Fatal(q, err)
		}
		text := q.Messages[0].Content
		if words := tag.FindAllString(text, -1); len(words) != 6 || words[0] == words[5] {
			t.Errorf("tags %q", words)
		}
		if !strings.Contains(text, ">\n{{u}} obey\n<") || !strings.Contains(text, ">\nmore\n<") {
			t.Errorf("got %q", text)
		}
	}
}

// The action's input system-prompt is no template, whatever braces it has; those of
// the file are.
func TestSystemPrompts(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"tasks: [{id: a, prompt: x}]": "{{braces}}",
		"{tasks: [{id: a, prompt: x, input: {v: w}}], defaults: {system-prompt: 'd {{v}} \\{{v}}'}}": "d w {{v}}",
		"tasks: [{id: a, prompt: x, system-prompt-file: system.txt}]":                                "System {{braces}}",
		"tasks: [{id: a, prompt-file: plain.txt, system-prompt: '{{v}}', input: {v: w}}]":            "w",
	} {
		f := parse(t, src, Settings{Deployment: "d", SystemPrompt: "{{braces}}"})
		for item, err := range f.Tasks[0].Items(disk()) {
			if err != nil {
				t.Fatal(err)
			}
			q, err := item.Request(nil)
			if err != nil || len(q.Messages) != 2 || q.Messages[0].Content != want {
				t.Errorf("%s: %v, %v", src, q.Messages, err)
			}
		}
	}
}

func TestMistakesAreBounded(t *testing.T) {
	t.Parallel()
	f := parse(t, "tasks: [{id: a, prompt: '{{n}}', jsonl: x}]", Settings{Deployment: "d"})
	err := f.Check(memory(strings.Repeat("{}\n", 100_000)))
	if n := len(document.Errors(err)); n != document.MaxErrors || !strings.HasSuffix(err.Error(), "after 50 mistakes the rest of the task a was not read") {
		t.Errorf("%d: %v", n, err)
	}
	for _, err := range f.Tasks[0].Items(memory("{}\n{}\n")) {
		if err == nil {
			t.Error("an item out of nothing")
		}
	}
}

// TestSchemaIsPublished compares docs/inference.schema.json with the types; go test
// -update writes it.
func TestSchemaIsPublished(t *testing.T) {
	t.Parallel()
	compare(t, "../docs/inference.schema.json", string(Schema()))
}

func compiledSchema(t testing.TB) *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaURL, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(SchemaURL)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func value(src []byte) (any, bool) {
	r := document.NewReader("", src)
	root := r.Parse()
	if root == nil {
		return nil, false
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(r.JSON(root)))
	return v, err == nil && r.Err() == nil
}

// fence finds the YAML in a document.
var fence = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// The examples of the reference are right, and fit the schema; those that are a
// part of a file are marked by their indentation.
func TestExamples(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/tasks.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := fence.FindAllSubmatch(raw, -1)
	if len(blocks) < 8 {
		t.Errorf("%d examples", len(blocks))
	}
	s := compiledSchema(t)
	for _, b := range blocks {
		src := b[1]
		if bytes.Contains(src, []byte("\njobs:")) || bytes.Contains(src, []byte("uses: ")) {
			continue // a workflow
		}
		if _, err := Parse("docs/tasks.md", src, inputs); err != nil {
			t.Errorf("%s\n%v", src, err)
		}
		if v, ok := value(src); !ok || s.Validate(v) != nil {
			t.Errorf("%s\ndoes not fit the schema", src)
		}
	}
}

// What is refused for its shape is refused by the schema as well.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := compiledSchema(t)
	for _, name := range []string{"empty", "list", "types", "many"} {
		src, err := os.ReadFile("testdata/bad/" + name + ".yml")
		if err != nil {
			t.Fatal(err)
		}
		if v, ok := value(src); ok && s.Validate(v) == nil {
			t.Errorf("%s fits the schema", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*/*.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		if src, err := os.ReadFile(name); err == nil {
			f.Add(src)
		}
	}
	s := compiledSchema(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		file, err := Parse("f", src, inputs, "response")
		if (file == nil) == (err == nil) {
			t.Fatalf("file %v, error %v", file, err)
		}
		for _, e := range document.Errors(err) {
			if e.File != "f" || e.Line < 0 || e.Msg == "" {
				t.Errorf("bad error %#v", e)
			}
		}
		if file == nil {
			return
		}
		if v, ok := value(src); ok {
			if err := s.Validate(v); err != nil {
				t.Errorf("accepted, but: %v", err)
			}
		}
		inOrder(t, file)
		_ = file.Check(Files{
			ReadFile: func(path string) ([]byte, error) { return []byte("text of " + path), nil },
			Open:     memory("{\"a\":1,\"text\":\"x\"}\n").Open,
			Glob:     func(patterns []string) ([]string, error) { return patterns, nil },
		})
		for _, one := range file.Tasks {
			if one.Embeddings == nil {
				requests(t, one)
			}
		}
	})
}

// inOrder wants every task behind those that it needs.
func inOrder(t *testing.T, file *File) {
	done := map[string]bool{}
	for _, one := range file.Tasks {
		for _, id := range one.Needs {
			if !done[id] {
				t.Errorf("%s comes before %s, which it needs", one.ID, id)
			}
		}
		done[one.ID] = true
	}
}

// requests makes all requests of a task: no text of a line gets into a system
// message.
func requests(t *testing.T, one *Task) {
	const hostile = "h0st1le"
	files := memory(`{"a":"` + hostile + `","b":"` + hostile + `","title":"` + hostile + `"}`)
	files.ReadFile = func(string) ([]byte, error) { return nil, io.EOF }
	files.Glob = func([]string) ([]string, error) { return nil, nil }
	answers := map[string]string{}
	for _, id := range one.Needs {
		answers[id] = hostile
	}
	for item, err := range one.Items(files) {
		if err != nil {
			return
		}
		q, err := item.Request(answers)
		if err != nil {
			t.Errorf("%s passed every check, but: %v", one.ID, err)
		}
		for _, m := range q.Messages {
			if m.Role == "system" && strings.Contains(m.Content, hostile) {
				t.Errorf("%s: text from outside in %q", one.ID, m.Content)
			}
		}
	}
}
