// The script of the page, which shows the two blocks of JSON in it.
//
// What models and prompt files say is hostile. It becomes text nodes, through el()
// alone; names of others are keys of a Map, never of an object.

const CHUNK = 100; // tests that are rendered at once
const LONG = 20_000; // characters of a text that are shown at first
const EDITS = 2_500; // differences after which two texts count as different throughout
const STEPS = 20_000_000; // after which comparing takes too long

const $ = (id) => document.getElementById(id);
const data = (id) => JSON.parse($(id).textContent);

// ---- Text and elements ----

// Controls, what Unicode calls ignorable but for joiners and variation selectors
// of scripts and emoji, and separators.
const unseen = /(?![\n\t\u200c\u200d\ufe0e\ufe0f])[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff0-\ufffb]/gu;

// visible shows what can't be seen, or turns text around, by its number.
const visible = (text) =>
  text.replaceAll('\r\n', '\n').replace(unseen, (c) => `<U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}>`);

// el makes an element. Attributes that are null or false are left out, and so are
// children that are nothing; strings become text.
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value != null && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child || child === 0) node.append(typeof child === 'object' ? child : visible(String(child)));
  }
  return node;
}

// fill shows a section of the page with something in it.
function fill(id, ...children) {
  $(id).append(...children);
  $(id).hidden = false;
}

// broken is a path that breaks between its parts.
const broken = (path) => path.split(/(?<=\/)|(?=\.)/).flatMap((part, i) => (i ? [el('wbr'), part] : part));

// link is a link, or only its text where the address is none of the web.
function link(address, text) {
  const safe = URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
  return safe ? el('a', { href: address, rel: 'noreferrer' }, text) : el('span', null, text);
}

const signs = new Map(Object.entries({
  passed: '✓', failed: '✗', error: '!', unjudged: '?', unasked: '–',
  better: '▲', worse: '▼', new: '+', unknown: '?', yes: '✓', no: '✗',
}));

// badge is a word with a sign and a colour.
const badge = (kind, word = kind) =>
  el('span', { class: `badge ${kind}` }, el('span', { 'aria-hidden': 'true' }, signs.get(kind) ?? '?'), ` ${word}`);

const clamp = (n, low, high) => Math.min(Math.max(n, low), high);
const count = (n) => (n ?? 0).toLocaleString('en');
const decimal = (n) => n.toLocaleString('en', { maximumSignificantDigits: 3 });
const percent = (n) => `${n.toLocaleString('en', { maximumFractionDigits: 8 })} %`;

// Where there is nothing or nothing is known, these are nothing.
const some = (n) => (n ? count(n) : '');
const seconds = (n) => (n ? `${decimal(n)} s` : '');

// share is a part of a whole, cut and not rounded: 100 % is the whole alone.
function share(part, whole) {
  const tenths = Math.floor((part * 1000) / whole);
  return part && !tenths ? 'under 0.1 %' : percent(tenths / 10);
}

// rate is a pass rate as a bar and in words; nothing of nothing.
function rate(part, whole) {
  if (!whole) return '';
  const bar = el('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--rate', `${(part * 100) / whole}%`);
  return el('span', { class: 'rate' }, bar, share(part, whole));
}

// facts is a line of what there is to say.
const facts = (...items) => el('span', { class: 'facts' }, items.filter(Boolean).map((item) => [item instanceof Node ? item : el('span', null, item), ' ']));

// table makes a table of records. Columns are a heading, what a record has there,
// and whether that is a number. Those in which no record has anything are left out.
function table(label, columns, records) {
  const known = columns.map(([head, cell, number]) => ({ head, css: { class: number && 'number' }, cells: records.map(cell) }))
    .filter(({ cells }, i) => !i || cells.some(Boolean));
  const row = (_, n) => el('tr', null, known.map(({ css, cells }, i) => (i ? el('td', css, cells[n]) : el('th', { scope: 'row' }, cells[n]))));
  return el('div', { class: 'scroll', role: 'group', 'aria-label': label, tabindex: '0' }, el('table', null,
    el('thead', null, el('tr', null, known.map(({ head, css }) => el('th', { scope: 'col', ...css }, head)))),
    el('tbody', null, records.map(row))));
}

// prose shows pieces of a text, each a tag or null and a string: no more at once
// than is quick to lay out.
function prose(...pieces) {
  const length = pieces.reduce((sum, [, text]) => sum + text.length, 0);
  const node = el('pre', null, !length && el('em', null, 'empty'));
  const button = el('button', { type: 'button' }, `Show more of ${count(length)} characters`);
  let limit = LONG;
  const show = () => {
    let left = limit;
    node.replaceChildren(...pieces.map(([tag, text]) => {
      const part = left < text.length ? text.slice(0, Math.max(left, 0)).replace(/[\ud800-\udbff]$/, '') : text;
      left -= text.length;
      return tag && part ? el(tag, null, part) : visible(part);
    }));
    button.hidden = limit >= length;
  };
  button.addEventListener('click', () => {
    limit += 5 * LONG;
    show();
    if (button.hidden) {
      node.tabIndex = -1;
      node.focus();
    }
  });
  if (length) show();
  return el('div', { class: 'prose' }, node, length > LONG && button);
}

// ---- The head of the page ----

function showHead({ title, version, run, made }, results) {
  const passed = (results.gates ?? []).every((gate) => gate.passed);
  const name = visible(title || results.name || 'Evaluation');
  document.title = `${passed ? 'Passed' : 'Failed'}: ${name}`;
  $('title').textContent = name;
  $('outcome').append(
    facts(passed ? badge('passed', 'Passed') : badge('failed', 'Failed'), results.model,
      made && `${new Date(made).toISOString().slice(0, 16).replace('T', ' ')} UTC`, run && link(run, 'The workflow run')),
    results.description ? el('p', null, results.description) : '',
    results.ended ? el('p', { class: 'note' }, `Ended early: ${results.ended}`) : '');
  $('footer').append(`Keyless Inference ${visible(version)}`);
}

const gate = ({ name, passed, says }) =>
  el('li', null, badge(passed ? 'passed' : 'failed'), ' ', el('strong', null, name), `: ${says}`);

const figures = (list) => el('dl', { class: 'figures' }, list.map(([what, value]) => el('div', null, el('dt', null, what), el('dd', null, value))));

const judged = ({ passedTests, failedTests }) => passedTests + failedTests;

function showTotals({ summary: s, usage, judgeUsage, baselineUsage }) {
  fill('totals', figures([
    ['pass rate', judged(s) && share(s.passedTests, judged(s))], ['tests', count(s.totalTests)], ['passed', count(s.passedTests)], ['failed', count(s.failedTests)],
    ['errors', some(s.errorTests)], ['unasked', some(s.unaskedTests)], ['unjudged', some(s.unjudgedTests)], ['flaky', some(s.flakyTests)],
    ['tokens of answers', count(usage.totalTokens)], ['tokens of judges and embeddings', some(judgeUsage.totalTokens)],
    ['tokens of the baseline', some(baselineUsage.totalTokens)],
  ].filter(([, value]) => value)));
}

const ofSummary = [
  ['Pass rate', ({ summary: s }) => rate(s.passedTests, judged(s)), true],
  ['Passed', (r) => count(r.summary.passedTests), true],
  ['Failed', (r) => count(r.summary.failedTests), true],
];

// cheapest is the deployment that took the fewest tokens of those that are good
// enough; none where there is no choice or the tokens of one are not known.
function cheapest(all) {
  const [first] = all.filter((d) => d.goodEnough).sort((a, b) => a.usage.totalTokens - b.usage.totalTokens);
  return all.length > 1 && first?.usage.totalTokens ? first : null;
}

const deploymentColumns = [
  ['Deployment', (d) => d.deployment],
  ...ofSummary,
  ['Tokens in', (d) => some(d.usage.promptTokens), true],
  ['Tokens out', (d) => some(d.usage.completionTokens), true],
  ['Tokens\u00a0per passed\u00a0test', (d) => some(d.summary.passedTests && Math.floor(d.usage.totalTokens / d.summary.passedTests)), true],
  ['Median', (d) => seconds(d.median), true],
  ['95th percentile', (d) => seconds(d.slow), true],
  ['Good enough', (d, i, all) => (d.goodEnough ? badge('yes', d === cheapest(all) ? 'yes, with the fewest tokens' : 'yes') : badge('no'))],
];

const evaluatorColumns = [
  ['Evaluator', (e) => e.name],
  ['Kind', (e) => e.kind],
  ['Pass rate', (e) => rate(e.passed, e.total), true],
  ['At least', (e) => (e.threshold ? percent(e.threshold) : ''), true],
  ['Passed', (e) => count(e.passed), true],
  ['Failed', (e) => count(e.failed), true],
  ['Errors', (e) => some(e.errors), true],
  ['Mean score', (e) => decimal(e.meanScore), true],
];

const groupColumns = [
  ['Prompt file', (g) => [link(source(g.file), broken(g.file)), g.name && el('small', null, g.name)]],
  ['Deployment', (g) => g.deployment],
  ...ofSummary,
  ['Errors', (g) => some(g.summary.errorTests), true],
  ['Unasked', (g) => some(g.summary.unaskedTests), true],
  ['Unjudged', (g) => some(g.summary.unjudgedTests), true],
  ['Flaky', (g) => some(g.summary.flakyTests), true],
];

function showComparison(c) {
  const changes = ['worse', 'better', 'same', 'new', 'gone', 'unknown'];
  fill('comparison', el('p', null, c.regressed && badge('worse', 'regressed'), ' ', c.says, ' (', el('code', null, broken(c.against)), `, p = ${decimal(c.p)})`),
    figures(changes.map((change) => [change, count(c[change])])));
}

// source is the address of a file, and of a line in it.
const source = (file, line) =>
  options.source && options.source + file.split('/').map(encodeURIComponent).join('/') + (line ? `#L${line}` : '');

// ---- One test ----

const asText = (value, indent) => (typeof value === 'string' ? value : JSON.stringify(value, null, indent));
const where = (test) => `${test.file}:${test.line}`;

// passes is how many repetitions passed, if there are several.
const passes = (test) => (test.runs > 1 ? `${test.passes} of ${test.runs} passed` : '');

// excerpt is the beginning of what a row has for its variables.
function excerpt(test) {
  const values = Object.values(test.testCase ?? {}).map((value) => asText(value).slice(0, 200));
  return values.join(' · ').slice(0, 200).replace(/\s+/g, ' ') || `row ${test.row}`;
}

// rowOf is the closed test in the list.
function rowOf(row) {
  const { test, failed } = row;
  row.details = el('details', { class: 'test' }, el('summary', null,
    badge(test.verdict), ' ', el('span', { class: 'excerpt' }, excerpt(test)), ' ',
    facts([broken(where(test)), `, row ${test.row}`], test.deployment,
      passes(test),
      failed.length > 0 && `not passed by ${failed.join(', ')}`,
      test.change && test.change !== 'same' && badge(test.change))));
  row.details.addEventListener('toggle', () => row.filled || open(row));
  return el('li', null, row.details);
}

// open fills a test when it is opened for the first time.
function open(row) {
  const { test } = row;
  row.filled = true;
  row.details.append(el('div', { class: 'open' },
    facts(link(source(test.file, test.line), broken(where(test))),
      passes(test) && `${passes(test)}, ${test.minPass} must`, seconds(test.seconds),
      `${count(test.usage.promptTokens)} tokens in, ${count(test.usage.completionTokens)} out`,
      test.finishReason && `finished: ${test.finishReason}`,
      test.before && `before: ${[test.before.verdict, passes(test.before)].filter(Boolean).join(', ')}`),
    el('h3', null, 'Test case'), variables(test.testCase),
    answered(test),
    comparing(row),
    test.repeats?.length > 0 && [el('h3', null, 'Repetitions'), test.repeats.map(repetition)]));
}

const variables = (testCase) => el('dl', { class: 'variables' }, Object.entries(testCase ?? {}).map(([name, value]) =>
  [el('dt', null, name), el('dd', null, prose([null, asText(value, 2)]))]));

// answered is an answer and what evaluators say of it, of a test or a repetition.
const answered = ({ error, modelResponse, evaluationResults }) => [
  error && [el('h3', null, 'Error'), prose([null, error])],
  el('h3', null, 'Answer'), prose([null, modelResponse]),
  evaluationResults?.length > 0 && [el('h3', null, 'Evaluations'), el('ul', { class: 'evaluations' }, evaluationResults.map(evaluation))],
];

const evaluation = ({ evaluatorName, kind, error, passed, score, details, reply }) => el('li', null,
  facts(badge(error ? 'error' : passed ? 'passed' : 'failed'), el('strong', null, evaluatorName), kind !== evaluatorName && kind, `score ${decimal(score)}`),
  error && prose([null, error]),
  details && prose([null, details]),
  reply && [el('h4', null, 'The judge’s reply'), prose([null, reply])]);

function repetition(repeat, i) {
  const node = el('details', { class: 'repeat' }, el('summary', null, `Repetition ${i + 1} `, badge(repeat.verdict), ` ${seconds(repeat.seconds)}`));
  node.addEventListener('toggle', () => node.append(el('div', null, answered(repeat))), { once: true });
  return node;
}

// comparing lets a reader choose the answer that a test's is shown beside: that of
// the baseline, of another deployment, or of another repetition.
function comparing({ test, others }) {
  const beside = [
    ...(test.before ? [[`the baseline (${test.before.verdict})`, test.before.modelResponse]] : []),
    ...others().map((other) => [`${other.deployment} (${other.verdict})`, other.modelResponse]),
    ...(test.repeats ?? []).slice(1).map((repeat, i) => [`repetition ${i + 2} (${repeat.verdict})`, repeat.modelResponse]),
  ];
  if (!beside.length) return null;
  const select = el('select', null, el('option', { value: '' }, 'nothing'), beside.map(([name], i) => el('option', { value: i }, name)));
  const result = el('div', { class: 'diff' });
  select.addEventListener('change', () => {
    const [name, text] = beside[select.value] ?? [];
    result.replaceChildren(...(name ? sides(name, text, test.deployment, test.modelResponse) : []));
  });
  return el('div', null, el('label', { class: 'choose' }, 'Compare the answer with ', select), result);
}

// sides are two texts beside each other, with their differences marked.
function sides(leftName, left, rightName, right) {
  const { hunks, note } = diff(left, right);
  const side = (sign, name, key, tag) => el('div', null,
    el('h4', null, `${sign} ${name}`), prose(...hunks.map((hunk) => [hunk.same ? null : tag, hunk[key]]).filter(([, text]) => text)));
  const says = left === right ? 'The two answers are the same.' : note;
  return [says ? el('p', { class: 'note' }, says) : '', side('−', leftName, 'left', 'del'), side('+', rightName, 'right', 'ins')];
}

// ---- Differences ----

// Pieces by which texts of so many characters are compared.
const pieces = [
  { pattern: /[\p{L}\p{M}\p{N}_]+|[^\S\n]+|[^]/gu, longest: 200_000, note: '' },
  { pattern: /[^\n]*\n|[^\n]+/g, longest: Infinity, note: 'These answers are long or very different: whole lines are compared.' },
];

// diff makes two texts a list of hunks: left and right, which are equal where the
// hunk is the same.
function diff(left, right) {
  for (const { pattern, longest, note } of pieces) {
    if (left.length + right.length > longest) continue;
    const a = left.match(pattern) ?? [], b = right.match(pattern) ?? [];
    const marks = compare(a, b);
    if (marks) return { hunks: joined(hunksOf(a, b, marks)), note };
  }
  return { hunks: [{ same: false, left, right }], note: 'These answers are too different to be compared.' };
}

// compare marks what is removed from a and added in b; null if that takes too long.
function compare(a, b) {
  let start = 0, end = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const numbers = new Map();
  const number = (piece) => numbers.get(piece) ?? (numbers.set(piece, numbers.size), numbers.size - 1);
  const layers = search(a.slice(start, a.length - end).map(number), b.slice(start, b.length - end).map(number));
  return layers && backtrack(layers, start, a.length - end, b.length - end);
}

// search finds the shortest script of edits as Myers does: layer d has for each
// diagonal how far into a one gets with d edits.
// Myers, An O(ND) Difference Algorithm and Its Variations, Algorithmica 1 (1986)
function search(a, b) {
  const layers = [];
  for (let d = 0, steps = 0; d <= EDITS && steps <= STEPS; d++) {
    const layer = new Int32Array(d + 1);
    layers.push(layer);
    for (let i = 0; i <= d; i++) {
      let x = d ? (added(layers, d, i) ? layers[d - 1][i] : layers[d - 1][i - 1] + 1) : 0;
      const from = x, k = 2 * i - d;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      layer[i] = x;
      steps += x - from;
      if (x >= a.length && x - k >= b.length) return layers;
    }
  }
  return null;
}

// added tells whether the last of d edits to diagonal 2i - d adds, or removes.
const added = (layers, d, i) => i === 0 || (i < d && layers[d - 1][i - 1] < layers[d - 1][i]);

// backtrack follows the edits from the end of both texts to their beginning.
function backtrack(layers, start, x, y) {
  const marks = { removed: new Set(), added: new Set() };
  for (let d = layers.length - 1, k = x - y; d > 0; d--) {
    const i = (k + d) / 2, adds = added(layers, d, i);
    k += adds ? 1 : -1;
    x = layers[d - 1][adds ? i : i - 1] + start;
    y = x - k;
    if (adds) marks.added.add(y);
    else marks.removed.add(x);
  }
  return marks;
}

// hunksOf joins pieces that are the same, and pieces that are not.
function hunksOf(a, b, marks) {
  const hunks = [];
  const put = (same, left, right) => {
    if (hunks.at(-1)?.same !== same) hunks.push({ same, left: '', right: '' });
    hunks.at(-1).left += left;
    hunks.at(-1).right += right;
  };
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (marks.removed.has(i)) put(false, a[i++], '');
    else if (marks.added.has(j)) put(false, '', b[j++]);
    else put(true, a[i++], b[j++]);
  }
  return hunks;
}

// joined takes blanks between two differences into them.
function joined(hunks) {
  return hunks.reduce((list, hunk, i) => {
    const last = list.at(-1), blank = hunk.same && /^[^\S\n]+$/.test(hunk.left);
    if (last && !last.same && (!hunk.same || (blank && hunks[i + 1]))) {
      last.left += hunk.left;
      last.right += hunk.right;
    } else list.push({ ...hunk });
    return list;
  }, []);
}

// ---- The list and its filters ----

// What can be chosen, and the values that a test has of it.
const facets = [
  { key: 'file', label: 'Prompt file', values: ({ test }) => [test.file] },
  { key: 'evaluator', label: 'Not passed by', values: ({ failed }) => failed },
  { key: 'deployment', label: 'Deployment', values: ({ test }) => [test.deployment] },
  { key: 'verdict', label: 'Verdict', values: ({ test }) => [test.verdict, ...(flaky(test) ? ['flaky'] : [])] },
  { key: 'change', label: 'Beside the baseline', values: ({ test }) => (test.change ? [test.change] : []) },
];

// flaky tells whether some repetitions passed and some failed; errors don't count.
const flaky = ({ passes, repeats }) => passes > 0 && repeats?.some((repeat) => repeat.verdict === 'failed');

const verdicts = ['error', 'failed', 'unasked', 'unjudged', 'passed'];

// rowsOf are the tests, worst first.
function rowsOf(tests) {
  const same = Map.groupBy(tests, (test) => `${test.row} ${test.file}`);
  const rows = tests.map((test) => {
    const all = (test.repeats ?? [test]).flatMap((answer) => answer.evaluationResults ?? []);
    const row = { test, failed: [...new Set(all.filter((e) => !e.passed).map((e) => e.evaluatorName))] };
    row.others = () => same.get(`${test.row} ${test.file}`).filter((other) => other !== test);
    row.values = facets.map((facet) => facet.values(row));
    const told = all.filter((e) => !e.error), score = told.length ? told.reduce((sum, e) => sum + e.score, 0) / told.length : 1;
    row.order = [test.change !== 'worse', verdicts.indexOf(test.verdict), test.passes / (test.runs || 1), score];
    return row;
  });
  return rows.sort((a, b) => {
    const i = a.order.findIndex((n, i) => n !== b.order[i]);
    return i < 0 ? 0 : a.order[i] - b.order[i];
  });
}

// textOf is what the text filter looks into: all strings of a test but the baseline's.
function textOf(row) {
  if (row.text == null) {
    const strings = [where(row.test)];
    JSON.stringify({ ...row.test, before: null }, (key, value) => (typeof value === 'string' ? void strings.push(value) : value));
    row.text = strings.join('\n').toLowerCase();
  }
  return row.text;
}

// addFilters makes a select of each facet that can tell tests apart.
function addFilters(rows) {
  const form = $('filters');
  facets.forEach((facet, i) => {
    const values = new Set(rows.flatMap((row) => row.values[i]));
    facet.options = new Map([...values].sort().map((value) => [value, el('option', { value })]));
    facet.select = el('select', { name: facet.key }, el('option', { value: '' }, 'all'), [...facet.options.values()]);
    const useful = facet.options.size > 1 || (facet.options.size && rows.some((row) => !row.values[i].length));
    form.insertBefore(el('label', { hidden: !useful }, `${facet.label} `, facet.select), form.querySelector('button'));
  });
}

// matching are the rows that all filters let pass. It counts in each facet how many
// there are of each value as far as the other filters go.
function matching(rows) {
  const words = $('filters').elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
  const counts = facets.map(() => new Map());
  const found = rows.filter((row) => {
    const against = facets.flatMap(({ select }, i) => (select.value && !row.values[i].includes(select.value) ? [i] : []));
    if (against.length > 1 || !words.every((word) => textOf(row).includes(word))) return false;
    for (const i of against.length ? against : facets.keys()) {
      for (const value of row.values[i]) counts[i].set(value, (counts[i].get(value) ?? 0) + 1);
    }
    return !against.length;
  });
  facets.forEach(({ options }, i) => options.forEach((option, value) => {
    option.textContent = visible(`${value} (${count(counts[i].get(value))})`);
  }));
  return found;
}

function showTests(rows) {
  const list = $('list'), form = $('filters'), button = $('more');
  let shown = [], rendered = 0, last, timer;

  const more = (n = CHUNK) => {
    const next = shown.slice(rendered, rendered + n);
    list.append(...next.map((row) => (row.item ??= rowOf(row))));
    rendered += next.length;
    button.hidden = rendered >= shown.length;
  };
  const apply = () => {
    shown = matching(rows);
    rendered = 0;
    list.replaceChildren();
    more();
    const counts = verdicts.map((verdict) => [shown.filter(({ test }) => test.verdict === verdict).length, verdict]).filter(([n]) => n);
    $('count').textContent = `${count(shown.length)} of ${count(rows.length)} tests: ${counts.map(([n, verdict]) => `${count(n)} ${verdict}`).join(', ') || 'none'}`;
  };
  // The filters are in the address, so that a link shows the same tests.
  const save = () => {
    const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, '', `#${state}`);
  };
  const restore = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    form.elements.q.value = state.get('q') ?? '';
    for (const { key, select, options } of facets) select.value = options.has(state.get(key)) ? state.get(key) : '';
    apply();
  };
  // step moves the focus by so many tests, from the one that has it or had it last.
  const step = (by) => {
    const focused = shown.findIndex(({ details }) => details?.contains(document.activeElement));
    const at = focused < 0 ? shown.indexOf(last) : focused;
    const to = clamp(at + by, 0, shown.length - 1);
    if (to >= rendered) more();
    last = shown[to];
    last?.details.firstChild.focus();
  };

  form.addEventListener('input', () => {
    apply();
    clearTimeout(timer);
    timer = setTimeout(save, 200); // browsers refuse to do it too often
  });
  form.addEventListener('reset', () => setTimeout(() => { apply(); save(); }));
  form.addEventListener('submit', (event) => event.preventDefault());
  addEventListener('hashchange', restore);
  addEventListener('beforeprint', () => more(Infinity));
  button.addEventListener('click', () => more());
  new IntersectionObserver(([entry]) => entry.isIntersecting && more(), { rootMargin: '50%' }).observe(button);
  onKeys(step, form.elements.q);
  addFilters(rows);
  fill('tests-section');
  restore();
}

// onKeys answers keys, but not where they are typed or mean something already.
function onKeys(step, field) {
  const help = () => $('keys').showModal();
  const singles = new Map([['j', () => step(1)], ['k', () => step(-1)], ['/', () => field.focus()], ['?', help]]);
  const arrows = new Map([['ArrowDown', () => step(1)], ['ArrowUp', () => step(-1)]]);
  document.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || $('keys').open || target.closest('input, select, textarea')) return;
    const action = ($('single').checked && singles.get(key)) || (target.matches('.test > summary') && arrows.get(key));
    if (!action) return;
    event.preventDefault();
    action();
  });
  $('keys-button').addEventListener('click', help);
  $('skip').addEventListener('click', (event) => {
    event.preventDefault(); // the address has the filters
    $('tests-section').focus();
  });
}

const { options, results } = data('results');
showHead(options, results);
if (results.gates?.length) fill('gates', el('ul', { class: 'gates' }, results.gates.map(gate)));
showTotals(results);
if (results.comparison) showComparison(results.comparison);
for (const [id, label, columns] of [['deployments', 'Deployments', deploymentColumns], ['evaluators', 'Evaluators', evaluatorColumns], ['groups', 'Prompt files', groupColumns]]) {
  if (results[id]?.length) fill(id, table(label, columns, results[id]));
}
showTests(rowsOf(data('tests')));
