// Differences between answers: nothing is lost, nothing is marked that is the same,
// and no text takes long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visit, write } from './browser.mjs';

// compare opens the first test and compares it with the first choice.
async function compare(page, n = 0) {
  const row = page.locator('#list > li').nth(n);
  await row.locator('.test > summary').click();
  await row.locator('.choose select').selectOption({ index: 1 });
  return row.locator('.diff').evaluate((diff) => {
    const [left, right] = diff.querySelectorAll('pre');
    const marks = (pre, tag) => [...pre.querySelectorAll(tag)].map((node) => node.textContent);
    const rest = (pre) => [...pre.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join('');
    return {
      left: left.textContent, right: right.textContent, removed: marks(left, 'del'), added: marks(right, 'ins'), heads: [...diff.querySelectorAll('h4')].map((head) => head.textContent),
      same: rest(left) === rest(right), note: diff.querySelector('.note')?.textContent ?? '', empty: diff.querySelectorAll('pre em').length,
    };
  });
}

const pairs = [
  ['a word', 'the quick fox', 'the slow fox', ['quick'], ['slow'], ''],
  ['added at the end', 'one two', 'one two three', [], [' three'], ''],
  ['removed at the beginning', 'one two', 'two', ['one '], [], ''],
  ['words side by side become one', 'a b c d', 'a x y d', ['b c'], ['x y'], ''],
  ['a line', 'first\nsecond\nthird\n', 'first\nthird\n', ['second\n'], [], ''],
  ['punctuation', 'Yes, sir.', 'Yes sir!', [',', '.'], ['!'], ''],
  ['other scripts', 'Grüße, 東京 нет', 'Grüße, 大阪 да', ['東京 нет'], ['大阪 да'], ''],
  ['an emoji', 'fine 👍', 'fine 👎', ['👍'], ['👎'], ''],
  ['markup', '<b>x</b>', '<i>x</i>', ['b', 'b'], ['i', 'i'], ''],
  ['the same', 'same', 'same', [], [], 'The two answers are the same.'],
  ['from nothing', '', 'all of it', [], ['all of it'], ''],
  ['to nothing', 'all of it', '', ['all of it'], [], ''],
];

const before = (modelResponse) => ({ modelResponse, verdict: 'passed', passes: 1, runs: 1 });

test('pairs', async () => {
  await write('pairs', pairs.map(([, left, right], row) => ({ row, modelResponse: right, before: before(left) })));
  const { page, log } = await visit('pairs');
  for (const [i, [name, left, right, removed, added, note]] of pairs.entries()) {
    const got = await compare(page, i);
    assert.deepEqual([got.removed, got.added, got.note], [removed, added, note], name);
    assert.deepEqual([got.left, got.right], [left || 'empty', right || 'empty'], name);
    assert.ok(got.same || got.empty, `${name}: what is not marked differs`);
    assert.deepEqual(got.heads, ['− the baseline (passed)', '+ one'], name);
  }
  assert.deepEqual(log, []);
});

test('random texts: both sides are whole, and what is not marked is equal', async () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const words = () => 'x' + Array.from({ length: random(60) }, () => ['a', 'b', 'c', ' ', ' ', '\n', 'long word', 'é', ',', '<'][random(10)]).join('');
  const tests = Array.from({ length: 100 }, (_, row) => ({ row, modelResponse: words(), before: before(words()) }));
  await write('random', tests);
  const { page } = await visit('random');
  const got = await page.evaluate(async () => {
    for (const details of document.querySelectorAll('.test')) details.open = true;
    await new Promise((resolve) => setTimeout(resolve));
    for (const select of document.querySelectorAll('.choose select')) {
      select.value = '0';
      select.dispatchEvent(new Event('change'));
    }
    const unmarked = (pre) => [...pre.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join('');
    return [...document.querySelectorAll('.diff')].map((diff) => [...diff.querySelectorAll('pre')]).map(([left, right]) => [left.textContent, right.textContent, unmarked(left) === unmarked(right)]);
  });
  assert.deepEqual(got, tests.map((test) => [test.before.modelResponse, test.modelResponse, true]));
});

test('deployments and repetitions can be chosen', async () => {
  const { page } = await visit('small');
  const row = page.locator('#list > li').nth(1);
  await row.locator('.test > summary').click();
  assert.deepEqual(await row.locator('.choose option').allTextContents(), ['nothing', 'the baseline (passed)', 'gpt-4o-mini (passed)', 'repetition 2 (passed)', 'repetition 3 (failed)']);
  await row.locator('.choose select').selectOption({ label: 'gpt-4o-mini (passed)' });
  assert.deepEqual(await row.locator('.diff del').allTextContents(), ['expires ', 'two']);
  assert.deepEqual(await row.locator('.diff ins').allTextContents(), ['is renewed too late, ', 'three', '.\nThe maintainers know']);
  assert.deepEqual(await row.locator('.diff del').first().evaluate((node) => [getComputedStyle(node, '::before').content, getComputedStyle(node).textDecorationLine]), ['"−"', 'line-through']);
  await row.locator('.choose select').selectOption({ label: 'nothing' });
  assert.equal(await row.locator('.diff pre').count(), 0);
});

// Texts of a megabyte that differ in ways that cost much: in one place, in every
// line, lines that are all alike, one line alone.
const million = 1 << 20;
const huge = [
  ['one line', 'long '.repeat(million / 5), 'long '.repeat(million / 5) + 'end'],
  ['one place', 'a short line\n'.repeat(million / 13), 'a short line\n'.repeat(million / 13) + 'end'],
  ['every line', Array.from({ length: million / 16 }, (_, i) => `line ${i}\n`).join(''), Array.from({ length: million / 16 }, (_, i) => `LINE ${i}\n`).join('')],
  ['lines alike', '\n'.repeat(million), 'x\n\n'.repeat(million / 3)],
  ['two letters', 'ab'.repeat(50_000), 'ba'.repeat(40_000) + 'b'.repeat(9_000)],
  ['many words', Array.from({ length: 20_000 }, (_, i) => i * 7919 % 1000).join(' '), Array.from({ length: 20_000 }, (_, i) => i * 104729 % 1000).join(' ')],
];

for (const [name, left, right] of huge) {
  test(`a megabyte: ${name}`, async (t) => {
    await write('huge', [{ modelResponse: right, before: before(left) }]);
    const { page, log } = await visit('huge');
    const took = await page.evaluate(async () => {
      const start = performance.now();
      document.querySelector('.test').open = true;
      await new Promise((resolve) => setTimeout(resolve));
      const select = document.querySelector('.choose select');
      select.value = '0';
      select.dispatchEvent(new Event('change'));
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      return performance.now() - start;
    });
    t.diagnostic(`opened and compared in ${Math.round(took)} ms`);
    assert.ok(took < 3000, `${took} ms`);
    const sides = await page.locator('.diff').evaluate((diff) => {
      diff.hidden = true; // nobody needs to see it all
      for (const button of diff.querySelectorAll('button')) while (!button.hidden) button.click();
      return [...diff.querySelectorAll('pre')].map((pre) => pre.textContent);
    });
    assert.ok(sides[0] === left && sides[1] === right, 'a side is not whole');
    assert.deepEqual(log, []);
  });
}
