// Reads two embeddings files with DuckDB and prints rows of a Markdown table:
// node duckdb.mjs FIRST SECOND
import { DuckDBInstance } from '@duckdb/node-api';

const [first, second] = process.argv.slice(2).map((name) => `'${name.replaceAll("'", "''")}'`);
const db = await (await DuckDBInstance.create()).connect();

const queries = [
  ['rows, files and chunks', `SELECT count(*), count(DISTINCT id), max(chunk) + 1 FROM ${first}`],
  ['columns', `SELECT string_agg(column_name || ' ' || column_type, ', ') FROM (DESCRIBE SELECT * FROM ${first})`],
  ['dimensions, and lengths of the vectors',
    `SELECT min(len(embedding)), max(len(embedding)), round(min(list_inner_product(embedding, embedding)), 4), round(max(list_inner_product(embedding, embedding)), 4) FROM ${first}`],
  ['rows of the second file that are the same in all columns', `SELECT count(*) FROM (SELECT * FROM ${first} INTERSECT SELECT * FROM ${second})`],
  ['nearest to the beginning of README.md, by list_cosine_similarity',
    `SELECT string_agg(id || '#' || chunk || ' ' || round(score, 3), ', ' ORDER BY score DESC) FROM (
      SELECT a.id, a.chunk, list_cosine_similarity(a.embedding, b.embedding) AS score
      FROM ${first} a, (SELECT embedding FROM ${first} WHERE id = 'action/README.md' AND chunk = 0) b
      ORDER BY score DESC LIMIT 3)`],
];

for (const [what, sql] of queries) {
  const start = performance.now();
  const reader = await db.runAndReadAll(sql);
  const seconds = (performance.now() - start) / 1000;
  console.log(`| ${what} | ${reader.getRows().flat().join(', ')} | ${seconds.toFixed(1)} s |`);
}
