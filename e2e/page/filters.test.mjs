// The filters, alone and together, what they count, and links that restore them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rows, visit } from './browser.mjs';

const count = (page) => page.locator('#count').textContent();
const facts = async (page) => (await rows(page).locator('.facts').allTextContents());
const label = (page, name) => page.locator(`#filters [name=${name}]`);

test('the worst tests come first', async () => {
  const { page } = await visit('small');
  const verdicts = await rows(page).locator('summary > .badge').allTextContents();
  assert.deepEqual(verdicts.map((text) => text.split(' ')[1]), ['failed', 'failed', 'error', 'unasked', 'unjudged', 'passed', 'passed', 'passed']);
  assert.equal(await count(page), '8 of 8 tests: 1 error, 2 failed, 1 unasked, 1 unjudged, 3 passed');
});

const cases = [
  ['text', { q: 'maintainers KNOW' }, 1, '1 of 8 tests: 1 failed'],
  ['text of a row', { q: 'blue' }, 2, '2 of 8 tests: 1 failed, 1 passed'],
  ['the judge\'s words', { q: 'has no verb' }, 2, '2 of 8 tests: 2 failed'],
  ['nothing', { q: 'no such word' }, 0, '0 of 8 tests: none'],
  ['file', { file: 'prompts/greet.prompt.yml' }, 2, '2 of 8 tests: 1 unasked, 1 unjudged'],
  ['evaluator', { evaluator: 'names the cause' }, 2, '2 of 8 tests: 2 failed'],
  ['deployment', { deployment: 'gpt-4o-mini' }, 3, '3 of 8 tests: 1 error, 1 failed, 1 passed'],
  ['verdict', { verdict: 'passed' }, 3, '3 of 8 tests: 3 passed'],
  ['flaky', { verdict: 'flaky' }, 1, '1 of 8 tests: 1 failed'],
  ['change', { change: 'worse' }, 2, '2 of 8 tests: 2 failed'],
  ['all', { q: 'button', file: 'prompts/summarise.prompt.yml', evaluator: 'fluency', deployment: 'gpt-4o-mini', verdict: 'failed', change: 'worse' }, 1, '1 of 8 tests: 1 failed'],
];

test('filters, and links with them', async () => {
  const { page, log } = await visit('small');
  const other = await visit('small');
  for (const [name, filters, n, says] of cases) {
    for (const [key, value] of Object.entries(filters)) {
      await (key === 'q' ? label(page, key).fill(value) : label(page, key).selectOption(value));
    }
    assert.equal(await rows(page).count(), n, name);
    assert.equal(await count(page), says, name);
    await page.waitForFunction((n) => new URLSearchParams(location.hash.slice(1)).size === n, Object.keys(filters).length);
    await other.page.goto('about:blank');
    await other.page.goto(page.url());
    assert.deepEqual(await facts(other.page), await facts(page), name);
    assert.equal(await count(other.page), says, name);
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.waitForFunction(() => location.hash === '');
    assert.equal(await rows(page).count(), 8, name);
  }
  assert.deepEqual([...log, ...other.log], []);
});

test('each choice says how many tests it would leave', async () => {
  const { page } = await visit('small');
  await label(page, 'deployment').selectOption('gpt-4o-mini');
  assert.deepEqual(await label(page, 'verdict').locator('option').allTextContents(), ['all', 'error (1)', 'failed (1)', 'flaky (0)', 'passed (1)', 'unasked (0)', 'unjudged (0)']);
  assert.deepEqual(await label(page, 'deployment').locator('option').allTextContents(), ['all', 'gpt-4o (5)', 'gpt-4o-mini (3)']);
});

test('a link that is followed within the page filters as well', async () => {
  const { page } = await visit('small');
  await page.evaluate(() => { location.hash = '#verdict=error&deployment=gone'; });
  await page.waitForFunction(() => document.querySelectorAll('#list > li').length === 1);
  assert.equal(await label(page, 'verdict').inputValue(), 'error');
});

test('filters with nothing to choose are not there', async () => {
  const { page } = await visit('thousand');
  for (const [name, visible] of [['file', true], ['evaluator', true], ['deployment', true], ['verdict', true], ['change', true]]) {
    assert.equal(await label(page, name).isVisible(), visible, name);
  }
  const empty = await visit('empty');
  assert.equal(await empty.page.locator('#filters select:visible').count(), 0);
  assert.equal(await count(empty.page), '0 of 0 tests: none');
  assert.deepEqual(empty.log, []);
});
