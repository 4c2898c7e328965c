// Package vector is what embeddings need beside the service that makes them:
// texts cut into chunks that a model takes, files of vectors, a cache of what was
// paid for already, and the vectors that are nearest.
//
// A file is made by a [Store]. What Append was given is in the file when it
// returns, so that a run that is killed goes on where it was. The name's ending
// chooses the format:
//
//   - .jsonl: a line of JSON a vector, with its embedding as an array.
//   - .npy: a matrix of float32 that numpy.load reads, and maps into memory.
//     Beside it, under the same name with .jsonl, are the rows in the same order,
//     without the embedding.
//   - .parquet: the table that DuckDB and pandas read, embedding being a list of
//     float. It can't grow, so while it is made the rows lie beside it in a hidden
//     .npy and .jsonl, from which Finish makes it.
//
// [Read] and [Nearest] go through a file once, and no memory grows with its rows.
package vector
