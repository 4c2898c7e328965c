// What the tests share: one browser, pages that note what happens in them, and
// pages made of results that a test needs.
import { readFile, writeFile } from 'node:fs/promises';
import { after, afterEach } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const browser = await chromium.launch({
  executablePath: process.env.BROWSER_COMMAND,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
after(() => browser.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

const address = (name) => pathToFileURL(`${name}.html`).href;

// visit opens a page in a context of its own. The log has every request but that
// for the page, and everything that a page like this must not do.
export async function visit(name, { hash = '', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const log = [];
  context.on('request', (request) => request.url().split('#')[0] === address(name) || log.push(`request: ${request.url()}`));
  context.on('page', (other) => log.push(`another page: ${other.url()}`));
  page.on('pageerror', (error) => log.push(`error: ${error.stack}`));
  page.on('console', (message) => log.push(`console: ${message.text()}`));
  page.on('dialog', (dialog) => { log.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.exposeFunction('evil', () => log.push('evil() was called'));
  await page.goto(address(name) + hash);
  return { page, log };
}

// write makes a page of these tests, and of other results where they are given.
export async function write(name, tests, results = {}) {
  const block = (id, value) => (text) =>
    text.replace(new RegExp(`(<script type="application/json" id="${id}">)[^]*?</script>`), (_, head) => `${head}${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`);
  const zero = { totalTokens: 0, promptTokens: 0, completionTokens: 0 };
  const head = { options: { title: '', version: '', run: '', source: '' }, results: { summary: {}, usage: zero, judgeUsage: zero, baselineUsage: zero, ...results } };
  const whole = tests.map((test) => ({ testCase: {}, file: 'a.prompt.yml', line: 1, row: 1, deployment: 'one', verdict: 'passed', passes: 1, runs: 1, minPass: 1, seconds: 1, usage: zero, modelResponse: '', ...test }));
  const empty = await readFile('empty.html', 'utf8');
  await writeFile(`${name}.html`, block('results', head)(block('tests', whole)(empty)));
}

export const rows = (page) => page.locator('#list > li');
export const texts = (locator) => locator.allTextContents();

// picture takes a screenshot if somebody wants them.
export async function picture(page, name, options = {}) {
  if (process.env.OUT) await page.screenshot({ path: `${process.env.OUT}/${name}.png`, fullPage: true, ...options });
}

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
