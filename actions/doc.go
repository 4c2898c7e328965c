// Package actions speaks the protocol of the GitHub Actions runner: masks,
// annotations, groups, step outputs, the job summary, the event that started
// the job, and the workspace.
//
// The protocol is lines on standard output that begin with "::" (workflow
// commands) and files whose paths come in the environment (environment files),
// see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
// Both are open doors for text that somebody else wrote, and a model's answer
// is such a text. So everything that is not a command goes through package
// sink: hidden characters are shown by their number, no line can be taken for a
// command, and outputs are written with a delimiter that nobody can guess.
//
// The runner also drops without a word what is too much: the eleventh error of
// a step, a job summary above 1 MiB. This package counts, and what does not fit
// is told in another place.
//
// Outside GitHub Actions a [Runner] writes the same notes as plain lines to its
// log and has no outputs and no summary.
package actions
