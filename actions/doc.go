// Package actions speaks the protocol of the GitHub Actions runner: masks,
// annotations, groups, step outputs, the event that started the job, and the
// workspace.
//
// The protocol is lines on standard output that begin with "::" (workflow
// commands) and files whose paths come in the environment (environment files),
// see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
// Both are open doors for text that somebody else wrote, and a model's answer
// is such a text. So everything that is not a command leaves this package with
// its control characters removed and with no line that the runner could take
// for a command, and outputs are written with a delimiter that nobody can
// guess.
//
// Outside GitHub Actions a [Runner] writes the same notes as plain lines to its
// log and has no outputs.
package actions
