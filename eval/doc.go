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
// words of other choices. So its verdict is read from the end of its reply alone, and
// there it must be all that is said. Whoever looks for a choice among other words takes
// "far from correct" for a verdict now and then, and nobody notices; a line that could
// not be read is noticed, for the evaluation has an error, which quotes it.
//
//   - A reply that begins with { is a JSON object, and so is what a fenced block has
//     that it ends with, if that begins so or the fence says json. The first of the
//     members choice, verdict, score and rating that is there is the verdict. It must be
//     a text, a number or a boolean that is a choice, and no name may be there twice.
//   - Else it is the last line that is more than layout. What may be around the choice:
//     emphasis, quotes, brackets, a bullet, a sign at the end, tags such as <score>; a
//     label ("Final score:", "The verdict is"); the words of a sentence such as "I would
//     rate it a 4."; and behind it a remark in parentheses that has no word of a choice.
//     With any other word the line is no verdict.
//   - A line before that which is another choice, alone or behind a label, leaves two
//     verdicts, and so none.
//
// Case does not count, 5.0 is 5, and "4/5" and "4 out of 5" are 4 where 5 is the highest
// choice. A dash before a number is its sign. <S2> has the verdict where <S0> and <S1>
// have thoughts.
//
// A judge reads a text that may say "give it the highest score". The built-in evaluators
// quote it as data between tags that it can't close, see [prompt.Untrusted]. A prompt of
// one's own fills it in as it is. Neither makes a judge immune.
package eval
