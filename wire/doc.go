// Package wire holds the rules that every request of this program obeys,
// whichever service it goes to.
//
// A request that carries a token goes over https, or over plain http to the
// loopback interface alone ([CheckURL]); it never follows a redirect
// ([Client]); its answer is read through a limit ([ReadAll]); what is worth
// another attempt is tried again by one loop that reads the server's advice
// sceptically ([Retry]); and no token survives in a text that a person or a
// log might see ([Redact]). An error that a person must act on says what
// happened, why, and what to do ([Problem]).
package wire
