// What the browser tests stand on: a real Chromium, and waiting for what must come. The servers are in servers.js.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

export { App } from './servers.js';

const ARGS = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
// A page that the tests answer themselves would otherwise not be allowed to ask servers on this machine.
ARGS.push('--disable-features=LocalNetworkAccessChecks');

/** Chromium, from `DRAGON_CHROMIUM` where that is set; as root it cannot have its sandbox. */
export function launchBrowser() {
  const args = process.getuid?.() === 0 ? [...ARGS, '--no-sandbox'] : ARGS;
  return chromium.launch({ executablePath: process.env.DRAGON_CHROMIUM ?? '/usr/bin/chromium', args });
}

/** A page of its own profile, with what went wrong in it. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 700 }, ...options });
  const page = await context.newPage();
  page.wrong = [];
  page.on('pageerror', (error) => page.wrong.push(error.message));
  page.on('console', (message) => {
    // A refused connection is the browser's own line, and the point of some of these tests.
    if (message.type() === 'error' && !message.text().includes('WebSocket connection')) page.wrong.push(message.text());
  });
  await page.goto(url);
  await connected(page);
  return page;
}

/** Waits until `check` no longer throws; its last complaint is what fails. */
export async function eventually(check, limit = 10_000) {
  const end = Date.now() + limit;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((done) => setTimeout(done, 25));
    }
  }
}

export const connected = (page, state = 'connected') =>
  eventually(async () => assert.equal(await page.getByTestId('connection').getAttribute('data-state'), state), 20_000);

/** The items as one sees them: `[ ] Milk`, `[x] Bread`. */
export async function items(page) {
  return page.getByTestId('item').evaluateAll((entries) =>
    entries.map((entry) => {
      const done = entry.querySelector('[data-testid=item-done]').checked;
      return `[${done ? 'x' : ' '}] ${entry.querySelector('[data-testid=item-text]').textContent}`;
    }),
  );
}

/** Waits until every one of `pages` shows these items, and nothing else. */
export const see = (pages, wanted, limit) =>
  Promise.all([pages].flat().map((page) => eventually(async () => assert.deepEqual(await items(page), wanted), limit)));

export const seeLists = (pages, wanted) =>
  Promise.all(
    [pages].flat().map((page) => eventually(async () => assert.deepEqual(await page.getByTestId('list-name').allTextContents(), wanted))),
  );

export const item = (page, text) => page.getByTestId('item').filter({ has: page.getByTestId('item-text').getByText(text, { exact: true }) });
export const part = (page, text, name) => item(page, text).getByTestId(`item-${name}`);

/** What has the focus: its test id, and the accessible name if it has one of its own. */
export const focus = (page) =>
  page.evaluate(() => [document.activeElement.dataset.testid ?? document.activeElement.tagName, document.activeElement.getAttribute('aria-label')]);

export const seeFocus = (page, testid, label) =>
  eventually(async () => {
    const [id, name] = await focus(page);
    assert.equal(id, testid);
    if (label) assert.equal(name, label);
  });
