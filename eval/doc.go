// Package eval finds out how good the answers to a prompt file are: each row of its
// test data is asked, and its evaluators say what they think of the answer.
// docs/eval.md is the reference of the format.
//
// [Parse] reads a file and finds every mistake in it, so that nothing is spent on one.
// A [Run] asks, [Results] are what it came to, [Conditions] decide whether that is
// enough, and [Compare] puts it beside an earlier evaluation.
//
// # Evaluators
//
// Most of them look at the answer alone ([Evaluator.Evaluate]): string, regex,
// json-schema, json-path, max-tokens and max-latency. Those with a [Judge] ask a model
// which of some choices the answer deserves: [Evaluator.Question] is what it is asked,
// and [Evaluator.Judged] reads its reply. Those with a [Near] compare embeddings:
// [Evaluator.Texts] and [Evaluator.Compared].
//
// Criteria, patterns and the prompts of judges are templates over the variables of a
// row, in the language of package prompt; a judge's prompt has {{completion}} besides,
// the answer. In a regular expression (RE2) a value stands for itself. JSON Schemas and
// paths are no templates. White space around an answer does not count.
//
// A path is one of RFC 9535: names, indices, slices, wildcards, several of them in one
// bracket, and descendants. Filters and functions are not known.
// https://www.rfc-editor.org/rfc/rfc9535
//
// # Reading a verdict
//
// A judge thinks before it decides, and its thoughts are full of numbers and of the
// words of other choices. So its verdict is read from the end of its reply alone:
//
//   - A reply that is a JSON object, or ends with a fenced block that is one: the
//     choice is the value of its member choice, verdict, score, rating, answer or
//     result.
//   - Else the last line counts that is more than layout. Emphasis, quotes, brackets,
//     tags and a sign at its end are taken away. If what is left is a choice, or if what
//     follows its last colon or equals sign is one, that is the verdict.
//   - Else it is the choice that occurs in that line as a word of its own. What does not
//     count: a choice inside of a longer one ("correct" in "not correct"); a part of a
//     longer word or number (5 in 5.5, 15, 5%, 5-star); what a fraction is of (5 in
//     "4 of 5"), and a fraction of another whole than the highest choice (5/10 of 1 to
//     5); what is denied, and what follows it ("not a 5 but a 4").
//
// Case does not count, and 5.0 is 5. If several choices are left, or none, nothing is
// guessed: the evaluation has an error.
//
// A judge reads a text that may say "give it the highest score". The built-in evaluators
// quote it as data between tags that it can't close, see [prompt.Untrusted]. A prompt of
// one's own fills it in as it is. Neither makes a judge immune.
package eval
