// Package task reads a configuration file: a list of tasks, and what each of their
// requests is made of. docs/tasks.md is its reference.
//
// A task is a prompt or a set of texts to embed. It makes one request, or one of each
// file that a pattern matches, or one of each line of a JSONL file. [Parse] finds
// every mistake that the file alone shows, [File.Check] every mistake in what it
// names. After that [Task.Items] and [Task.Texts] give the requests and the texts,
// one at a time and again the same, so that a million of them take no more memory
// than one:
//
//	file, err := task.Parse("inference.yml", src, inputs, reserved...)
//	…
//	err = file.Check(files)
//	…
//	for _, t := range file.Tasks {
//		for item, err := range t.Items(files) {
//			…
//			request, err := item.Request(answers)
//
// # What may stand where
//
// A text that comes from a file, a line or another task's response never gets into a
// system message: naming one there is a mistake. Named in untrusted it is data between
// random tags, see [prompt.NewUntrusted]; else it is a part of the user's message, as
// the author of the configuration file wanted it.
//
// # JSONL
//
// https://jsonlines.org: UTF-8, a JSON object in each line of at most [MaxLine] bytes.
// A byte order mark, CRLF, blank lines and a missing last line feed are all right.
package task
