// Package pace finds by feedback how fast one deployment may be asked, so that
// nobody has to configure it: as fast as its quota allows, with hardly a 429.
//
// A [Pacer] is asked for a [Turn] before each attempt and told how it went.
// Two regulators hold requests back, and the stricter one decides. Both are
// control loops that believe no more of the service than it has shown.
//
// # The window: how many at the same time
//
// Nobody announces how many requests a deployment serves at the same time. So
// the window begins small and grows by one with each answer, which doubles it
// each round trip (slow start), as long as it alone holds requests back.
// Throughput is the judge: three rounds in which the wider window finished no
// more work end the slow start, and the window goes back to where it was worth
// it. From then on small experiments, narrower and wider by turns, follow a
// service that changes; the narrower wins ties. Each failure (5xx, 408, no
// answer) takes half a place away: if all fail the window halves each round,
// and one in a hundred is hardly felt. When nothing but failures comes, the
// service is left alone for a while, as after a 429.
//
// # The rates: how many, and how many tokens, a minute
//
// The headers announce limits, and are believed as follows.
//
//   - The limit is a ceiling. Each budget is modelled as a bucket that holds
//     what the renewal period lets through and fills evenly (bucket.go). -1, 0
//     and no header say nothing: then there is no bucket, and without any 429
//     nothing but the window holds requests back.
//   - Until the first answer only four requests are out: an earlier run may have
//     left the bucket empty.
//   - What is said to remain sets the level anew with each answer: the remaining,
//     less what was sent after that request, with what has flowed in since
//     (belief.go). How much the model promised too much makes the reserve that is
//     never touched. What the remaining drops by for each of our tokens is
//     their price, which corrects our estimates and includes what other clients
//     take.
//   - Remaining may be a bucket of less than a second that is quoted against the
//     limit of a minute. So beside it the model runs on alone. Where that would
//     send and the header would not, the service is asked: a few requests go at
//     twice the limit until one was sent that the header can't explain. If it is
//     admitted three times, remaining is not believed any more; if it is
//     refused, it is asked again much later. A 429 of a bucket that was said to
//     hold plenty ends the belief at once.
//   - A 429 means that a bucket is empty, whatever was believed.
//
// # After a 429
//
// Nothing is sent until the service's advice is over, or 1, 2, 4 … 60 s where
// it gives none or goes on refusing (pause.go). Then one request goes ahead: a
// refusal comes quickly, so that who hears none for a second was admitted. The
// others follow evenly spaced, refused ones first, at the announced rate or at
// what was admitted during the last minute (rate.go). A pushback at that rate
// lowers it to what was really admitted between two pushbacks, at both of
// which the bucket was empty. The rate grows slowly at first and faster with
// time, so that it stays long where it was right and finds out soon where it
// was wrong. Beyond an announced limit it goes only to drain what the pause has
// left in the bucket, and less so each time that this was a mistake.
//
// Refusals of requests that were sent before the last pushback are no news:
// a burst is one pushback. Neither is one of a request that is larger than the
// whole bucket; such a request goes when the bucket is full, and the service
// decides. Advice beyond two minutes can't be about a bucket that fills
// within one: it is the request's own affair, which its sender must settle.
//
// # The user's own limits
//
// They hold in any 60 s (ledger.go). A request under way is booked with the
// worst that was seen of the estimates so far, and with the service's own count
// as soon as that is known.
package pace
