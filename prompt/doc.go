// Package prompt reads prompt files and fills in their variables.
//
// # Prompt files
//
// A prompt file is YAML whose name ends in .prompt.yml or .prompt.yaml, in the
// format that GitHub Models defined ([Storing prompts in GitHub repositories]):
//
//	name: Summary                  # name and description are for people
//	description: One sentence on a change
//	model: openai/gpt-4o           # the publisher in front is optional
//	modelParameters:               # all of them optional
//	  maxTokens: 500               # a whole number from 1
//	  maxCompletionTokens: 500     # a whole number from 1
//	  temperature: 0.2             # 0 to 2
//	  topP: 0.9                    # 0 to 1
//	responseFormat: json_schema    # text, json_object or json_schema
//	jsonSchema:                    # required by json_schema
//	  name: summary
//	  strict: true
//	  schema: {type: object, properties: {text: {type: string}}}
//	messages:                      # at least one
//	  - role: system               # system, user or assistant
//	    content: You write one sentence.
//	  - role: user
//	    content: |
//	      Summarize this change:
//	      {{diff}}
//	testData: []                   # lists of maps, kept for evaluations
//	evaluators: []
//
// jsonSchema is the wrapper that the service wants (name, schema, and optionally
// strict and description), either as a YAML map, as above, or as a text that
// contains JSON. The order of its keys is kept. Without responseFormat
// json_schema it is checked but has no effect.
//
// Where a text is expected, a number, true, false or a date stands for itself
// as it is written: `name: 1.10` is the text "1.10", and `yes` is "yes". There
// is no role "developer": write system, which the models that know "developer"
// treat alike.
//
// A file is at most [MaxPrompt] bytes of UTF-8, with or without byte order mark,
// with any kind of line break, and one YAML document. A key that is unknown or
// given twice is an error. Anchors and aliases work within a bound; tags
// (!!str) and merge keys (<<) are refused.
//
// Mistakes are reported all at once, each as an [*Error] with line and column.
//
// # Templates
//
// Variables are filled in after the file has been parsed, in the content of
// messages and nowhere else, so a value can't change the model, a role or the
// number of messages:
//
//   - {{name}} and {{ name }} give the value of the variable. A name consists of
//     letters A to Z and a to z, digits, "_", "." and "-"; the dot has no meaning.
//     Spaces and tabs inside the braces are ignored.
//   - A variable without a value is an error.
//   - \{{name}} gives {{name}}: a backslash directly before the braces takes
//     their meaning away and disappears. Two backslashes there give one backslash
//     and the value, so \\{{name}} and \\\{{name}} give \value and \{{name}}: of
//     n backslashes half remain, rounded down, and an odd number of them makes
//     the braces literal. Anywhere else a backslash is a backslash.
//   - All other text stays as it is: {{, {{}}, {{ two words }}, {{#if x}}, and
//     braces that never close or close on another line.
//
// There is a single pass from the left, and a value is never looked at again: a
// value that contains {{name}} or a backslash arrives as it is. {{{name}}} is
// the value between single braces.
//
// Only what [Parse] returns is a template. A plain prompt ([Text]) goes out as
// it is, whatever braces it contains. [Fill] fills in a text that is neither, in
// the same language.
//
// # Variables
//
// [ParseVars] reads the values from two YAML maps: one of names to values, and
// one of names to files that contain the values.
//
// # Text from outside
//
// The title of a pull request, an issue's body or a diff is written by somebody
// who may want the model to do something else. The value of a variable becomes a
// part of the prompt, so such a text does not belong there: [ParseUntrusted]
// reads it, and [Prompt.Expand] takes it beside the variables. What it does
// differently:
//
//   - The text arrives between two tags with a random word, which its author
//     could not know and close, behind a sentence that it is data; each use has a
//     word of its own. Characters that a person can't see are removed.
//   - {{name}} works in user messages. In a system or assistant message it is an
//     error, because what stands there is obeyed, or taken for the model's own.
//     No name can be both a variable and a text from outside.
//   - A text that no user message names is appended to the last one, after a
//     blank line. A plain prompt is no template, so there this is the only way.
//   - The length has a cap, and where a text is cut its last line says so.
//
// None of this makes a model immune. Give its answer no rights that the author of
// the text should not have.
//
// [Storing prompts in GitHub repositories]: https://docs.github.com/en/github-models/use-github-models/storing-prompts-in-github-repositories
package prompt
