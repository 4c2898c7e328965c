// Package sink is the one place where text that nobody vouches for leaves the
// process: what a model, a pull request or a service wrote. Each place that such
// text can go to has a function of its own, and each knows what that place
// would obey:
//
//   - a log: [Log] and [Fenced]. A terminal obeys escape sequences, a reader's
//     eye obeys bidirectional marks, the runner obeys "::" and "##[";
//   - an output of a step: [Heredoc]. The runner obeys the delimiter;
//   - a comment or a summary: [Markdown] and [Inline]. GitHub obeys @mentions,
//     references to issues, HTML, and fetches pictures; this program obeys its
//     own markers in HTML comments;
//   - a prompt: [Data]. A model obeys whatever sounds like an instruction.
//
// None of them changes what a reader needs: what looks like a tag in a code block
// is shown as it was written. Lengths are counted in UTF-16 units ([Units]), in
// which GitHub counts.
package sink
