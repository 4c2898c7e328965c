// Package inference asks a model deployment of Azure OpenAI, with Microsoft
// Entra tokens alone: there is no way to hand it an API key.
//
// A [Client] speaks three APIs over one path. A [Request] names the one it
// wants: chat completions, the Responses API for models that have no chat
// completions, and the legacy completions. Requests go to the undated
// /openai/v1/ routes, or to the dated ones when [Client.APIVersion] is given.
// See https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle.
//
// [Client.Embed] turns texts into vectors, which are handed on as they arrive;
// [Client.CreateBatch] and [Client.BatchResults] put many questions as a file,
// for half the price and within a day. All of these go through one way of sending
// a request, and a [pace.Pacer] in [Client.Pace] says when each may go.
// [Client.Probe] shows with the smallest request whether a deployment would answer.
//
// [Client.Ask] is one question and its answer:
//
//   - The answer streams, so that a stall is noticed and progress is visible.
//     Whatever arrived is in the [Answer] even when Ask fails.
//   - One loop tries again: 408, 409, 429, 5xx, broken connections, cut and
//     silent streams. It obeys the service's advice on how long to wait, read
//     sceptically, and never waits past the deadline.
//   - A parameter that the model refuses is replaced or left out once, said
//     in the log, and remembered for the deployment.
//   - A structured answer is validated here. One repair turn is made, then the
//     failing path is reported.
//   - A token that the service has stopped to accept before its time is replaced
//     once by one with the claims that it asks for (continuous access evaluation).
//   - A refusal of the service ends as a [wire.Problem]: what happened, why,
//     and the command that fixes it, from one table in causes.go, which
//     [Catalogue] shows whole.
package inference
