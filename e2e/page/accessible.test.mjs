// axe-core has nothing serious to say, in light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { picture, visit } from './browser.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// findings are what axe-core finds: serious ones, and the others for the log.
async function findings(page) {
  const session = await page.context().newCDPSession(page); // the page's policy does not bind the debugger
  await session.send('Runtime.evaluate', { expression: axe });
  const { result } = await session.send('Runtime.evaluate', { expression: 'axe.run().then(JSON.stringify)', awaitPromise: true, returnByValue: true });
  const { violations, passes } = JSON.parse(result.value);
  assert.ok(passes.length > 20, 'axe-core looked at little');
  const lines = violations.map((v) => `${v.impact} ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 150)} ${node.failureSummary}`).join(' | ')}`);
  return { serious: lines.filter((line) => /^(serious|critical)/.test(line)), rest: lines.filter((line) => !/^(serious|critical)/.test(line)) };
}

// What is done to a page one after the other, and looked at after each.
const steps = {
  closed: async () => {},
  open: async (page) => {
    for (const n of [3, 2, 1]) await page.locator('.test > summary').nth(n).click();
    await page.locator('.repeat > summary').nth(1).click();
    await page.locator('.choose select').first().selectOption({ index: 1 });
  },
  keys: async (page) => page.locator('#keys-button').click(),
};

for (const colorScheme of ['light', 'dark']) {
  for (const [size, viewport] of Object.entries({ wide: { width: 1280, height: 900 }, narrow: { width: 360, height: 740 } })) {
    test(`${colorScheme}, ${size}`, async (t) => {
      const { page } = await visit('small', { colorScheme, viewport });
      for (const [name, step] of Object.entries(steps)) {
        await step(page);
        await picture(page, `${size}-${colorScheme}-${name}`, { fullPage: name !== 'keys' });
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: the page is wider than the window`);
        const { serious, rest } = await findings(page);
        assert.deepEqual(serious, [], name);
        for (const line of rest) t.diagnostic(`${name}: ${line}`);
      }
    });
  }
}

test('hostile answers break neither the layout nor the names of things', async (t) => {
  const { page } = await visit('hostile', { viewport: { width: 360, height: 740 } });
  for (const n of [0, 1, 2, 3]) await page.locator('.test > summary').nth(n).click();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the window');
  const { serious, rest } = await findings(page);
  assert.deepEqual(serious, []);
  for (const line of rest) t.diagnostic(line);
  await picture(page, 'narrow-light-hostile', { fullPage: false });
});

test('a page to print', async () => {
  const { page } = await visit('small', { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(251, 251, 250)');
  assert.equal(await page.locator('#filters').isVisible(), false);
  await picture(page, 'print');
});
