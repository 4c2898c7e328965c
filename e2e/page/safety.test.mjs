// Whatever models and prompt files say, it is text.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { browser, rows, visit, write } from './browser.mjs';

// openEverything opens each test, each repetition and each comparison of a page.
async function openEverything(page) {
  await page.evaluate(async () => {
    const later = () => new Promise((resolve) => setTimeout(resolve));
    while (!document.getElementById('more').hidden) document.getElementById('more').click();
    for (let n = 0; n < 2; n++) {
      for (const details of document.querySelectorAll('details')) details.open = true;
      await later();
      await later();
    }
    for (const select of document.querySelectorAll('.choose select')) {
      for (const option of select.options) {
        select.value = option.value;
        select.dispatchEvent(new Event('change'));
      }
    }
  });
}

test('hostile answers do nothing', async () => {
  const { page, log } = await visit('hostile');
  const plain = await visit('empty');
  const globals = () => [Object.keys(globalThis), Object.getOwnPropertyNames(Object.prototype)].map((names) => names.filter((name) => name !== 'evil'));
  await openEverything(page);
  assert.equal(await rows(page).count() > 60, true);
  assert.deepEqual(await page.evaluate(globals), await plain.page.evaluate(globals));
  assert.equal(await page.evaluate(() => ({}).polluted), undefined);
  for (const tag of ['img', 'svg', 'iframe', 'base', 'object', 'embed', 'link', '[onerror]', '[onload]', '[onmouseover]', 'a[href^="javascript" i]']) {
    assert.equal(await page.locator(tag).count(), 0, tag);
  }
  assert.equal(await page.locator('script').count(), 3);
  assert.equal(await page.locator('style').count(), 1);
  assert.equal(await page.locator('form').count(), 2);
  assert.deepEqual(log, []);
});

test('every filter of hostile names finds what has it', async () => {
  const { page, log } = await visit('hostile');
  const checked = await page.evaluate(() => {
    const wrong = [];
    let checked = 0;
    for (const select of document.querySelectorAll('#filters select')) {
      const choose = (value) => { select.value = value; select.dispatchEvent(new Event('input', { bubbles: true })); };
      for (const { value, textContent } of [...select.options]) {
        if (!value) continue; // "all", or a name that is empty
        choose(value);
        const promised = Number(textContent.match(/\((\d+)\)$/)[1]), found = document.querySelectorAll('#list > li').length;
        if (promised !== found || !found) wrong.push([select.name, value, promised, found]);
        checked++;
      }
      choose('');
    }
    return { wrong, checked };
  });
  assert.deepEqual(checked.wrong, []);
  assert.ok(checked.checked > 100);
  assert.deepEqual(log, []);
});

test('what cannot be seen is shown', async () => {
  await write('unseen', [{ modelResponse: 'a\u202eb\u200bc\u0000d\u001b[31m\u2028e\ufefff\u00adg\r\nh\ri \u{e0041} \u200d\ufe0f', testCase: { 'k\u202e': 'v\u2066' }, deployment: 'd\u202e' }]);
  const { page } = await visit('unseen');
  await page.locator('.test > summary').click();
  const body = await page.locator('#list').textContent();
  assert.ok(body.includes('a<U+202E>b<U+200B>c<U+0000>d<U+001B>[31m<U+2028>e<U+FEFF>f<U+00AD>g\nh<U+000D>i <U+E0041> \u200d\ufe0f'), body);
  assert.ok(body.includes('k<U+202E>') && body.includes('v<U+2066>') && body.includes('d<U+202E>'), body);
});

test('the policy stops what a mistake in the script would let through', async () => {
  let asked = 0;
  const server = createServer((_, response) => { asked++; response.end(); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { page, log } = await visit('small');
  const refused = await page.evaluate(async (url) => {
    const failed = [];
    const attempt = async (name, f) => { try { await f(); } catch { failed.push(name); } };
    await attempt('innerHTML', () => { document.body.innerHTML = '<img src=x onerror=evil()>'; });
    await attempt('script', () => document.body.append(Object.assign(document.createElement('script'), { text: 'evil()' })));
    await attempt('handler', () => document.body.setAttribute('onclick', 'evil()'));
    await attempt('fetch', () => fetch(url));
    for (const tag of ['img', 'iframe', 'audio']) document.body.append(Object.assign(document.createElement(tag), { src: url }));
    document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: url }));
    return failed;
  }, `http://127.0.0.1:${server.address().port}/`);
  await page.locator('h1').click();
  await page.waitForTimeout(200);
  server.close();
  assert.deepEqual(refused, ['innerHTML', 'script', 'handler', 'fetch']);
  assert.equal(asked, 0);
  assert.deepEqual(log.filter((line) => /^(evil|dialog|another)/.test(line)), []);
});

test('without JavaScript the page says what it needs', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto((await visit('small')).page.url());
  assert.match(await page.locator('body').innerText(), /needs JavaScript/);
  assert.equal(await page.locator('h2:visible').count(), 0);
});
