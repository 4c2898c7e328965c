// Package bulk runs the tasks of a file: thousands of prompts, or the texts of a
// whole repository, at the speed that the quotas of their deployments allow.
//
// Three rules hold whatever happens:
//
//   - What was paid for is on the disk before anything else is done with it: an
//     answer as a line of the [Record], a vector as a row of its embeddings file
//     and of the cache.
//   - Nothing is paid for twice. A request that the record knows is not sent
//     again, by the hash of all that it is made of; nor is a text whose vector is
//     in the file or in the cache.
//   - Memory does not grow with the number of requests: they are made when their
//     turn comes, and forgotten when they are answered.
//
// How fast a deployment is asked is found by its [pace.Pacer], which all tasks of
// the deployment share. A [Budget] ends the run before more is spent; so does the
// end of its context, which leaves what is under way a moment to arrive.
package bulk
