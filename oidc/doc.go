// Package oidc turns the identity of a GitHub Actions job into a Microsoft
// Entra access token, without a secret that anybody would have to store.
//
// Two requests make the exchange. [GitHub.IDToken] asks the runner's token
// service for the job's ID token: a signed statement, good for five minutes,
// whose subject names the repository and the branch, environment or pull
// request that the job runs for. A [Credential] then presents that statement to
// Entra as a client assertion. Entra compares issuer, subject and audience,
// letter by letter, with the federated credentials of the application or managed
// identity, and answers with an access token for the scope that was asked for.
//
//   - GitHub's side: https://docs.github.com/en/actions/concepts/security/openid-connect
//   - Entra's side: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
//
// Both tokens stay in memory. Each is handed to a Mask function the moment it
// arrives, goes only to the one host it is meant for, never across a redirect,
// and is cut out of every error.
//
// What goes wrong is nearly always a difference between the token and the
// federated credential, so errors are a [wire.Problem] with the issuer, subject
// and audience of the token that was really sent and the command that
// registers them. A job that cannot have an ID token at all is explained by
// [NoIdentity].
//
// [wire.Problem]: https://pkg.go.dev/github.com/keyless-inference/action/wire#Problem
package oidc
