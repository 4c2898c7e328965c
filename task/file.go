package task

import (
	"encoding/json"
	"io"
	"iter"
	"sync"

	"github.com/keyless-inference/action/document"
	"github.com/keyless-inference/action/inference"
	"github.com/keyless-inference/action/prompt"
)

// A File is a configuration file, read and checked by [Parse].
type File struct {
	Name  string
	Tasks []*Task // in an order in which needs come first

	written written
	inputs  Settings
	byID    map[string]*Task
	reader  *document.Reader // for the places of what was written

	mu      sync.Mutex
	prompts map[string]loaded[*prompt.Prompt]
	schemas map[string]loaded[*inference.Schema]
	shard   struct{ k, n uint64 }
}

// A loaded is what was made of a file, or what is wrong with it.
type loaded[T any] struct {
	value T
	err   error
}

// A Task is one task of a file.
type Task struct {
	ID string

	// Settings are what holds for the task: its own, those of its prompt file, the
	// file's defaults and the action's inputs, in this order. What a prompt file
	// says is known once [File.Check] has read it. A model is the deployment here.
	Settings

	Needs      []string    // ids of tasks whose responses it wants, or that must be done before it
	Embeddings *Embeddings // nil: prompts
	Comment    *Comment    // nil: none
	Outputs    string      // all, response or none; "": as the action's input says

	file   *File
	source *source
	alone  bool // neither needs a task nor is needed, so its requests can be shared out

	made  iter.Seq[Item] // of a task that stands in no file; nil of others
	count int            // of these

	mu   sync.Mutex
	plan *plan
	ids  []uint64       // hashes of the ids of all its entries
	cut  map[string]int // how many texts are cut, by name
}

// Many reports whether the task makes a request of each file or line, so that its
// response is the JSON list of theirs.
func (t *Task) Many() bool {
	return t.made != nil || t.Embeddings == nil && (t.source.Files != nil || t.source.JSONL != "")
}

// Count is how many requests the task makes, or how many texts it embeds, in the
// share of [File.Shard]; 0 before [File.Check] has counted them.
func (t *Task) Count() (n int) {
	if t.made != nil {
		return t.count
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, hash := range t.ids {
		if t.mine(hash) {
			n++
		}
	}
	return n
}

// Embeddings are texts whose vectors are wanted: of Text, Files or JSONL one is
// given.
type Embeddings struct {
	Text  []string `yaml:"text" or:"text" one:"source" help:"The text, or a list of texts; each is one of its own."`
	Files []string `yaml:"files" or:"text" one:"source" help:"The files whose texts are embedded: a pattern such as docs/**/*.md, or a list; a pattern after ! takes files away."`
	JSONL string   `yaml:"jsonl" one:"source" help:"A JSONL file: each line has a text, may have an id, and what else it has is kept beside the vector. - is standard input."`

	Output string `yaml:"output" pattern:"\\.(jsonl|parquet|npy)$" is:"a path that ends in .jsonl, .parquet or .npy" help:"Where the vectors are written, by extension as JSONL, Parquet or NumPy (with a JSONL beside it). Required unless similar is given."`
	Cache  string `yaml:"cache" help:"A folder that keeps vectors by model, dimensions and text, so that no text is paid for twice; keep it with actions/cache."`

	Dimensions   int64 `yaml:"dimensions" min:"1" help:"How many numbers a vector has, for models that can give fewer than they have."`
	ChunkTokens  int64 `yaml:"chunk-tokens" min:"1" max:"8192" help:"Split longer texts, at paragraphs, headings and code blocks, into parts of at most so many tokens. Without it a text that is too long is an error."`
	ChunkOverlap int64 `yaml:"chunk-overlap" min:"0" help:"How many tokens of a part are repeated at the beginning of the next. Less than chunk-tokens."`

	Similar *Similar `yaml:"similar" help:"Look for the most similar texts in an embeddings file."`
}

// Similar is a search for the nearest texts.
type Similar struct {
	To  string `yaml:"to" required:"true" help:"The embeddings file to search."`
	Top int64  `yaml:"top" min:"1" max:"1000" help:"How many texts are wanted for each; 5 by default."`
}

// A Comment says how the response is commented: the action's inputs that begin with
// comment-, without that. What is zero is as the input says.
type Comment struct {
	Header        string `yaml:"header" help:"A name that tells this comment from others of this action on the same pull request."`
	Mode          string `yaml:"mode" enum:"update,append,recreate,hide-and-recreate,only-create,only-update,delete,hide" help:"What becomes of an earlier comment."`
	Template      string `yaml:"template" help:"The comment's Markdown, with {{response}}, {{model}} and {{usage}}; or the path of a file with it."`
	Number        *int64 `yaml:"number" min:"1" help:"The pull request or issue, where the event is about none."`
	SkipUnchanged *bool  `yaml:"skip-unchanged" help:"Leave the comment alone when it would stay the same."`
	MaxParts      *int64 `yaml:"max-parts" min:"1" max:"50" help:"How many comments a response may take that is too long for one."`
	Mentions      *bool  `yaml:"mentions" help:"Leave @names and #numbers in the response alive."`
	OnError       string `yaml:"on-error" enum:"warn,fail" help:"What a comment that cannot be posted does."`
}

// Files are how tasks get at what their file names. Paths are as they were
// written.
type Files struct {
	// ReadFile returns the content of a file, at most [prompt.MaxFile]+1 bytes of it.
	ReadFile func(path string) ([]byte, error)

	// Open opens a file that may be larger; "-" is standard input. It is called for
	// the same path again and again, also for "-", which must then begin anew: what
	// [File.Check] has read is read again to be sent.
	Open func(path string) (io.ReadCloser, error)

	// Glob returns the sorted paths that one of the patterns matches; a pattern after
	// ! takes away.
	Glob func(patterns []string) ([]string, error)
}

// A Text is one text to be embedded.
type Text struct {
	ID       string          // of its line, the path of its file, or its number
	Text     string          // never blank
	Metadata json.RawMessage // what else its line has, a JSON object, or nil
}

// written is the configuration file as people write it.
type written struct {
	Defaults Settings  `yaml:"defaults" help:"What holds for every task that says nothing else; the action's inputs hold where these say nothing."`
	Tasks    []*source `yaml:"tasks" required:"true" item:"a task" help:"The tasks. They run at the same time, but for those that need others."`
}

// source is a task as people write it.
type source struct {
	ID         string      `yaml:"id" required:"true" pattern:"^[A-Za-z0-9_-]+$" is:"letters, digits, _ and -" help:"The task's name: of its output, and of the variable that other tasks get its response by."`
	Prompt     string      `yaml:"prompt" one:"kind" help:"The prompt, a template: {{name}} is a variable, \\{{name}} is literal."`
	PromptFile string      `yaml:"prompt-file" one:"kind" help:"A file with the prompt: a .prompt.yml with messages and {{variables}}, or plain text."`
	Embeddings *Embeddings `yaml:"embeddings" one:"kind" help:"Texts whose vectors are wanted, instead of a prompt."`

	Settings

	Input     map[string]string `yaml:"input" pattern:"^[A-Za-z0-9_.-]+$" is:"letters, digits, _ . -" help:"Variables: a map from name to value."`
	FileInput map[string]string `yaml:"file_input" pattern:"^[A-Za-z0-9_.-]+$" is:"letters, digits, _ . -" help:"Variables whose values are read from files: a map from name to path. Wins over input."`
	Files     []string          `yaml:"files" or:"text" one:"?source" help:"One request per file: a pattern such as src/**/*.go, or a list; a pattern after ! takes files away. {{file.path}} and {{file.text}} are the file."`
	JSONL     string            `yaml:"jsonl" one:"?source" help:"One request per line of a JSONL file, whose properties are variables; id names the request. - is standard input."`
	Needs     []string          `yaml:"needs" or:"text" help:"Tasks that must be done before. {{id}} is the response of one; of a task with many requests, a JSON list of them."`
	Untrusted []string          `yaml:"untrusted" or:"text" help:"Names of variables whose text others wrote: it goes into user messages as data between random tags."`
	Comment   *Comment          `yaml:"comment" or:"true" help:"Post the response as a comment: true, or a map of the action's comment- inputs without that prefix."`
	Outputs   string            `yaml:"outputs" enum:"all,response,none" help:"all: with a JSON Schema, each property at the top of the response is an output too; response: the task's output alone; none: not even that."`
}
