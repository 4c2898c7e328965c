// Package report brings results to the people who wait for them, as Markdown: a
// job summary ([Summary]) and a sticky comment on an issue or a pull request
// ([GitHub.Post]). The migration check ([CheckSummary]) and evaluations
// ([EvalSummary]) have forms for other readers as well: text for a terminal, SARIF
// for code scanning, CSV for a spreadsheet, and the XML of JUnit for CI systems.
//
// A sticky comment is one that each run finds again and brings up to date,
// instead of writing another. It is found by two things at once: a marker, which
// is an HTML comment in its last line and holds the [Comment]'s Header, and its
// author, who must be the owner of the token. Anybody can write the marker into
// a comment of their own; nobody else's comment is ever edited, hidden or
// deleted. The marker alone would not do, and the author alone neither:
// all workflows of a repository write as github-actions[bot].
//
// A text that is longer than a comment can be goes into several, its parts
// ([MaxPart]), in the order in which they stand below each other. A later run
// writes its parts over those that are there, from the first on, adds what is
// missing and deletes what is left.
//
// Posting never costs more than it gives: it has a deadline, waits no longer
// than that for a busy or a limiting server, and where something new replaces
// something old, the old goes last. What fails is a [wire.Problem] with GitHub's
// own words and the permission that is missing.
//
// The rules of the API are GitHub's:
//
//   - comments: https://docs.github.com/rest/issues/comments
//   - hiding them: https://docs.github.com/graphql/reference/mutations#minimizecomment
//   - limits: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
//
// [wire.Problem]: https://pkg.go.dev/github.com/keyless-inference/action/wire#Problem
package report
