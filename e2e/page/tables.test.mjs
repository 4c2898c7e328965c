// The figures and tables: rates are cut as the program cuts them, and columns are
// there where they have something to say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture, texts, visit, write } from './browser.mjs';

const tokens = (totalTokens) => ({ promptTokens: totalTokens, completionTokens: 0, totalTokens });
const summary = (passedTests, failedTests, more) => ({ totalTests: passedTests + failedTests, passedTests, failedTests, errorTests: 0, unaskedTests: 0, unjudgedTests: 0, flakyTests: 0, ...more });
const group = (file, sums) => ({ file, name: '', deployment: 'one', summary: sums });
const deployment = (name, passed, total, goodEnough, more) => ({ deployment: name, summary: summary(passed, 4 - passed), usage: tokens(total), median: 1, slow: 2, goodEnough, ...more });

// shown is a table as text, row by row, and the totals as a map.
const shown = (page, id) => page.locator(`#${id} tr`).evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent.replaceAll('\u00a0', ' '))));
const totals = async (page) => Object.fromEntries(await page.locator('#totals .figures > div').evaluateAll((all) => all.map((div) => [...div.children].map((node) => node.textContent))));

test('rates are cut and never rounded', async () => {
  const rates = [[2499, 2500, '99.9 %'], [1, 7, '14.2 %'], [2, 3, '66.6 %'], [999_999, 1_000_000, '99.9 %'], [1, 1_000_000, 'under 0.1 %'], [1, 1000, '0.1 %'], [29, 100, '29 %'], [0, 3, '0 %'], [3, 3, '100 %']];
  const evaluators = rates.map(([passed, total]) => ({ name: 'x', kind: 'string', total, passed, failed: total - passed, errors: 0, meanScore: 1, threshold: 99.99 }));
  for (const [passed, total, says] of rates) {
    await write('rates', [], { summary: summary(passed, total - passed), evaluators, groups: [group('a', summary(passed, total - passed))], deployments: [{ ...deployment('one', 1, 1, true), summary: summary(passed, total - passed) }] });
    const { page } = await visit('rates');
    assert.equal((await totals(page))['pass rate'], says);
    for (const [id, column] of [['groups', 2], ['deployments', 1]]) assert.equal((await shown(page, id))[1][column], says, id);
    assert.deepEqual((await shown(page, 'evaluators')).slice(1).map((row) => row.slice(2, 4)), rates.map(([, , text]) => [text, '99.99 %']));
    await page.context().close();
  }
});

test('columns are there where there is something in them', async () => {
  await write('plain', [], { summary: summary(0, 0, { totalTests: 2, unjudgedTests: 2 }), groups: [group('a', summary(2, 0)), group('b', summary(0, 0, { unjudgedTests: 2 }))] });
  const { page, log } = await visit('plain');
  assert.deepEqual(await shown(page, 'groups'), [['Prompt file', 'Deployment', 'Pass rate', 'Passed', 'Failed', 'Unjudged'], ['a', 'one', '100 %', '2', '0', ''], ['b', 'one', '', '0', '0', '2']]);
  assert.deepEqual(await totals(page), { tests: '2', passed: '0', failed: '0', unjudged: '2', 'tokens of answers': '0' });
  const { page: small } = await visit('small');
  assert.deepEqual((await shown(small, 'groups'))[0], ['Prompt file', 'Deployment', 'Pass rate', 'Passed', 'Failed', 'Errors', 'Unasked', 'Unjudged', 'Flaky']);
  assert.deepEqual(await totals(small), {
    'pass rate': '42.8 %', tests: '8', passed: '3', failed: '4', errors: '1', unasked: '1', unjudged: '1', flaky: '1',
    'tokens of answers': '7,504', 'tokens of judges and embeddings': '3,712', 'tokens of the baseline': '4,960',
  });
  assert.deepEqual(log, []);
});

// What is marked among deployments, which are a name, passed tests, tokens, and
// whether they are good enough.
const choices = [
  ['the one with the fewest tokens', [['a', 4, 900, true], ['b', 4, 500, true], ['c', 3, 10, false]], 'b'],
  ['the first of equals', [['a', 4, 500, true], ['b', 4, 500, true]], 'a'],
  ['none, as none is good enough', [['a', 3, 5, false], ['b', 3, 4, false]], undefined],
  ['none, as there is no choice', [['a', 4, 5, true]], undefined],
  ['none, as not all tokens are known', [['a', 4, 5, true], ['b', 4, 0, true]], undefined],
];

test('the deployment that is good enough for the fewest tokens is marked', async () => {
  for (const [name, list, want] of choices) {
    await write('choice', [], { deployments: list.map((one) => deployment(...one)) });
    const { page } = await visit('choice');
    const [, ...rows] = await shown(page, 'deployments');
    assert.deepEqual(rows.map((row) => row.at(-1)), list.map(([one, , , good]) => (one === want ? '✓ yes, with the fewest tokens' : good ? '✓ yes' : '✗ no')), name);
    await page.context().close();
  }
});

test('tokens for each test that passed', async () => {
  await write('tokens', [], { deployments: [deployment('a', 3, 1000, false), deployment('b', 0, 1000, false), deployment('c', 4, 0, true, { median: 0, slow: 0 })] });
  const { page } = await visit('tokens');
  const [head, ...rows] = await shown(page, 'deployments');
  const cells = (name) => rows.map((row) => row[head.indexOf(name)]);
  assert.deepEqual(cells('Tokens per passed test'), ['333', '', '']);
  assert.deepEqual(cells('Median'), ['1 s', '1 s', '']);
  assert.equal(head.includes('Tokens out'), false);
});

test('repetitions are spoken of where there are several', async () => {
  const before = { modelResponse: '', verdict: 'failed', passes: 1 };
  await write('repetitions', [{ before: { ...before, runs: 1 } }, { row: 2, runs: 3, minPass: 2, before: { ...before, runs: 3 } }]);
  const { page } = await visit('repetitions');
  const open = [];
  for (const row of await page.locator('.test').all()) {
    await row.locator('summary').click();
    await row.locator('.open').waitFor();
    open.push((await texts(row.locator('.open > .facts > *'))).join(' | '));
  }
  assert.deepEqual(open, [
    'a.prompt.yml:1 | 1 of 3 passed, 2 must | 1 s | 0 tokens in, 0 out | before: failed, 1 of 3 passed',
    'a.prompt.yml:1 | 1 s | 0 tokens in, 0 out | before: failed',
  ]);
});

test('a test is flaky if some repetitions failed; errors say nothing', async () => {
  const repeats = (...verdicts) => ({ runs: verdicts.length, repeats: verdicts.map((verdict) => ({ verdict, seconds: 1, modelResponse: '' })) });
  await write('flaky', [repeats('passed', 'failed'), { row: 2, ...repeats('passed', 'error') }]);
  const { page } = await visit('flaky');
  assert.deepEqual(await texts(page.locator('#filters [name=verdict] option')), ['all', 'flaky (1)', 'passed (2)']);
});

test('paths break between their parts', async () => {
  for (const width of [500, 360]) {
    const { page } = await visit('small', { viewport: { width, height: 740 } });
    await page.locator('.test > summary').first().click();
    // lines of each path, as they are laid out
    const lines = await page.locator('#groups th a, .facts > :first-child:has(wbr)').evaluateAll((all) => all.map((node) => {
      const lines = [];
      const range = document.createRange();
      for (const text of [...node.childNodes].filter((child) => child.nodeType === 3)) {
        for (let i = 0; i < text.length; i++) {
          range.setStart(text, i);
          range.setEnd(text, i + 1);
          const { top } = range.getBoundingClientRect();
          if (lines.at(-1)?.top !== top) lines.push({ top, text: '' });
          lines.at(-1).text += text.data[i];
        }
      }
      return lines.map(({ text }) => text);
    }));
    assert.ok(lines.length > 10, `${lines.length}`);
    for (const list of lines) {
      for (const [i, line] of list.slice(1).entries()) assert.ok(/[/ ]$/.test(list[i]) || line.startsWith('.') || /^row|^\d+$/.test(line), `${width}: ${list.join(' | ')}`);
    }
    await picture(page, `${width}-paths`);
  }
});
