// Package account reads what Azure Resource Manager, the control plane of Azure,
// knows about accounts of Azure OpenAI: where they answer, what is deployed in
// them, what their regions offer, who has which role there, and what was done to
// them lately.
//
// It only ever reads. Every request is a GET, so that no key can be listed, which
// takes a POST. What the SDK has for it does the asking
// ([armcognitiveservices], and the pipeline of azcore for the rest); the rules of
// this program stand below it, in the transport: a token goes to one host, also
// where a list says that its next page is elsewhere; every answer is read through a
// limit, every request has a deadline, and one loop tries again.
//
// https://learn.microsoft.com/rest/api/aiservices/accountmanagement/
//
// [armcognitiveservices]: https://pkg.go.dev/github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/cognitiveservices/armcognitiveservices
package account
