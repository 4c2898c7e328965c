// Package oidc gets Microsoft Entra access tokens without a secret that anybody
// would have to store. Who asks for them is a mode, chosen in so many words and never
// guessed:
//
//   - [GitHubOIDC]: a job of GitHub Actions, by the statement that GitHub signs about it.
//   - [WorkloadIdentity]: a pod, by the statement that its Kubernetes cluster signs about
//     the pod's service account: in AKS, and on runners of Actions Runner Controller.
//   - [ManagedIdentity]: the machine itself, where that is one of Azure's or connected to
//     Azure Arc. Anybody whose job runs there has the identity, so such a runner
//     must not serve pull requests of strangers.
//   - [AzureCLI] and [AzureDeveloperCLI]: whoever has signed in with az or azd, on
//     a laptop.
//   - [Default]: the first that answers in the Azure SDK's own order, or those that
//     AZURE_TOKEN_CREDENTIALS names. It is the one mode in which the identity depends
//     on what the machine happens to have.
//   - "chain: a, b": some of these in an order of one's own. The first that gives a
//     token is kept; each that gave none is told.
//
// # The exchange
//
// With GitHub two requests make the exchange. [GitHub.IDToken] asks the runner's
// token service for the job's ID token: a signed statement, good for five minutes,
// whose subject names the repository and the branch, environment or pull
// request that the job runs for. A [Credential] then presents that statement to
// Entra as a client assertion. Entra compares issuer, subject and audience,
// letter by letter, with the federated credentials of the application or managed
// identity, and answers with an access token for the scope that was asked for. A
// pod's statement lies in a file, is good for an hour or more, and goes the same way.
//
//   - GitHub's side: https://docs.github.com/en/actions/concepts/security/openid-connect
//   - Kubernetes' side: https://learn.microsoft.com/azure/aks/workload-identity-overview
//   - Entra's side: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow
//
// # What stays secret
//
// All tokens stay in memory. Each is handed to a Mask function the moment it
// arrives, goes only to the one host it is meant for, never across a redirect,
// and is cut out of every error. A managed identity's token is asked for at addresses
// that no network carries further, and without a proxy. A client secret, a certificate
// or a password in the environment is never used: [Default], which would, is refused
// then ([StoredSecret]).
//
// # What is remembered
//
// A [Credential] of any mode keeps its tokens, shares one exchange among all who wait,
// renews early, and remembers failures for a while; [Credential.GetToken] has the
// times. With continuous access evaluation a service may refuse a token before its
// time and say which claims a new one must satisfy; GetToken takes those claims.
// Modes that ask Entra pass them on; az and azd cannot, and say how to sign in anew.
//
// # What goes wrong
//
// What goes wrong is nearly always a difference between the token and the
// federated credential, so errors are a [wire.Problem] with the issuer, subject
// and audience of the token that was really sent and the command that
// registers them. A job that cannot have an ID token at all is explained by
// [NoIdentity].
//
// [wire.Problem]: https://pkg.go.dev/github.com/keyless-inference/action/wire#Problem
package oidc
