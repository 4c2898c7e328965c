// Package propose proposes test rows for a prompt file, for a person to review.
//
// The idea is that of the paper "PromptPex: Automatic Test Generation for Language
// Model Prompts" (https://arxiv.org/abs/2503.05070): a prompt is the specification
// of a program, so tests can be made from it alone. Here it goes in two steps, each a
// question to a model with a structured answer:
//
//  1. From the prompt come the inputs (what values each variable takes) and the rules:
//     what every right answer follows, one statement each, and its opposite, as a
//     careless model would do it. A rule quotes the words of the prompt that it comes
//     from. Whether they are there is checked here, without a model, and a rule that
//     the prompt does not bear out is dropped.
//  2. For some rules at a time come test rows: some for which the rule matters, and
//     some that tempt a careless model into the opposite. Each has a value for each
//     variable, what is expected of the answer, and why it is a test.
//
// The prompt goes into these questions as data, between tags that its author can't
// have known, and never as an instruction.
//
// [Read] checks everything that can be checked before a question is paid for, the
// place included at which the rows will stand; [Plan.Propose] asks; [Plan.Write] writes
// the text of a new prompt file: the old one byte for byte, with the rows behind its
// own. Nothing of this touches a disk.
package propose
