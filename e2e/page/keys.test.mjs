// A walk through the page with keys alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visit } from './browser.mjs';

const at = (page) => page.evaluate(() => {
  const row = document.activeElement.closest('#list > li');
  return row ? [...row.parentNode.children].indexOf(row) : document.activeElement.name || document.activeElement.id;
});
const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };

test('from row to row, open, filter, help', async () => {
  const { page, log } = await visit('small');
  await press(page, 'Tab');
  assert.equal(await at(page), 'skip');
  await press(page, 'Enter');
  assert.equal(await at(page), 'tests-section');
  await press(page, 'Tab');
  assert.equal(await at(page), 'q');
  await page.keyboard.type('j/k?');
  assert.equal(await page.locator('#filters [name=q]').inputValue(), 'j/k?', 'keys typed into the filter are text');
  await page.locator('#filters [name=q]').fill('');

  await page.evaluate(() => document.activeElement.blur());
  await press(page, 'j');
  assert.equal(await at(page), 0);
  await press(page, 'j', 'ArrowDown');
  assert.equal(await at(page), 2);
  await press(page, 'k', 'ArrowUp', 'k', 'k');
  assert.equal(await at(page), 0, 'the first one stays');
  await press(page, 'j', 'Enter');
  assert.equal(await page.locator('.test[open] .open h3').first().textContent(), 'Test case');
  await press(page, 'Tab');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'A', 'the link to the line');
  await press(page, 'Tab');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SELECT', 'what to compare with');
  await press(page, 'ArrowDown');
  await page.locator('.diff ins').first().waitFor();
  await press(page, 'Tab');
  assert.match(await page.evaluate(() => document.activeElement.textContent), /^Repetition 1/);
  await press(page, 'Enter');
  await page.locator('.repeat[open] h3').nth(1).waitFor();
  await press(page, 'j');
  assert.equal(await at(page), 2, 'from within a test to the next');
  await press(page, 'k', ' ');
  assert.equal(await page.locator('.test[open]').count(), 0);

  await press(page, '/');
  assert.equal(await at(page), 'q');
  await page.keyboard.type('button');
  assert.equal(await page.locator('#list > li').count(), 2);
  await page.evaluate(() => document.activeElement.blur());
  await press(page, 'k', 'j', 'j', 'j', 'j');
  assert.equal(await at(page), 1, 'the last one stays');

  await press(page, '?');
  assert.equal(await page.locator('dialog').isVisible(), true);
  await page.getByLabel('Use j, k').uncheck();
  await press(page, 'Escape');
  assert.equal(await page.locator('dialog').isVisible(), false);
  await press(page, 'k');
  assert.equal(await at(page), 1, 'keys that are turned off do nothing');
  await press(page, 'ArrowUp');
  assert.equal(await at(page), 0);
  assert.deepEqual(log, []);
});

test('the focus can be seen', async () => {
  const { page } = await visit('small');
  const seen = new Set();
  for (let n = 0; n < 40; n++) {
    await press(page, 'Tab');
    const style = await page.evaluate(() => {
      const { activeElement: node } = document, css = getComputedStyle(node);
      return { node: `${node.tagName} ${node.id || node.name || node.className || node.textContent.slice(0, 20)}`, outline: css.outlineStyle, width: css.outlineWidth };
    });
    if (style.node.startsWith('BODY')) break;
    assert.deepEqual([style.outline, style.width], ['solid', '2px'], style.node);
    seen.add(style.node);
  }
  assert.ok(seen.size > 12, [...seen].join('; '));
});

test('keys reach tests that are not rendered yet', async () => {
  const { page } = await visit('thousand');
  const rendered = await page.locator('#list > li').count();
  assert.ok(rendered < 1000, `${rendered}`);
  for (let n = 0; n < 210; n++) await page.keyboard.press('j');
  assert.equal(await at(page), 209);
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.locator('#list > li').count(), 2000);
});
