// Parses files of Bicep and PowerShell with the grammars of tree-sitter, and prints
// what they cannot read: node parse.mjs MODULES FILE...
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, ...files] = process.argv.slice(2);
const { resolve } = createRequire(`${modules}/here.js`);

async function load(name) {
  const path = ['', `${modules}/`].map((at) => { try { return resolve(at + name); } catch { return ''; } }).find(Boolean);
  if (!path) {
    console.log(`${name} is not installed`);
    process.exit(3);
  }
  const loaded = await import(pathToFileURL(path));
  return loaded.default ?? loaded;
}

const Parser = await load('tree-sitter');

function tell(file, node) {
  if (node.isError || node.isMissing) {
    console.log(`${file}:${node.startPosition.row + 1}: ${node.type}: ${node.text.slice(0, 200)}`);
  } else if (node.hasError) {
    node.children.forEach((child) => tell(file, child));
  }
}

for (const file of files) {
  const parser = new Parser();
  parser.setLanguage(await load(file.endsWith('.bicep') ? 'tree-sitter-bicep' : 'tree-sitter-powershell'));
  // The grammar of Bicep is older than extensions.
  const text = readFileSync(file, 'utf8').replace(/^extension \w+$/m, '');
  tell(file, parser.parse(text, undefined, { bufferSize: text.length * 4 + 1 }).rootNode);
}
